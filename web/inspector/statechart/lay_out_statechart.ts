import ELK, { type ElkExtendedEdge, type ElkNode } from "elkjs/lib/elk.bundled.js";
import { arrangeRegions, splitRegions } from "./arrange_regions.ts";
import { type Direction, elkGraph, type GraphEdge, titleHeight } from "./elk_graph.ts";
import type { Box, PlacedEdge, PlacedNode, Point, StatechartLayout } from "./placed_chart.ts";
import type { Statechart } from "./statechart.ts";

/** What a chart is laid out for. */
export interface LayoutOptions {
  /** Which way its arrows point; without it, whichever makes it fit `room` better. */
  readonly direction?: Direction;
  /** In pixels: what it need not be smaller than, and may be larger than. A page of documentation by default. */
  readonly room?: { readonly width: number; readonly height: number };
}

const page = { width: 1150, height: 2000 };

/** Places a statechart's boxes, arrows and labels: the same every time, in Node as in a browser. */
export async function layOutStatechart(chart: Statechart, options: LayoutOptions = {}): Promise<StatechartLayout> {
  const { direction, room = page } = options;
  const regions = splitRegions(chart);
  if (regions !== null) {
    const layouts: StatechartLayout[] = [];
    for (const region of regions) layouts.push(await layOutStatechart(region, options));
    return arrangeRegions(chart, layouts, room.width);
  }
  if (direction !== undefined) return await layOutIn(chart, direction);
  const down = await layOutIn(chart, "DOWN");
  if (excess(down, room) <= 1) return down;
  const right = await layOutIn(chart, "RIGHT");
  return excess(right, room) < excess(down, room) ? right : down;
}

/** How many times larger it is than the room for it. */
function excess(layout: StatechartLayout, room: { readonly width: number; readonly height: number }): number {
  return Math.max(layout.width / room.width, layout.height / room.height);
}

async function layOutIn(chart: Statechart, direction: Direction): Promise<StatechartLayout> {
  const { graph, nodes, edges } = elkGraph(chart, direction);
  const placed = await new ELK.default().layout(graph);
  const placedNodes: PlacedNode[] = [];
  const boxes = new Map<string, Box>();
  function place(elkNode: ElkNode, depth: number): void {
    const node = nodes.get(elkNode.id);
    const box = boxOf(elkNode);
    boxes.set(elkNode.id, box);
    if (node !== undefined) placedNodes.push({ node, box, depth });
    for (const child of elkNode.children ?? []) place(child, depth + 1);
  }
  place(placed, -1);
  return {
    width: Math.ceil(placed.width ?? 0),
    height: Math.ceil(placed.height ?? 0),
    nodes: placedNodes,
    edges: (placed.edges ?? []).flatMap((edge) => placeEdge(edge, edges.get(edge.id), boxes)),
  };
}

function placeEdge(
  { sources, sections, labels }: ElkExtendedEdge,
  edge: GraphEdge | undefined,
  boxes: ReadonlyMap<string, Box>,
): PlacedEdge[] {
  const [section] = sections ?? [];
  if (edge === undefined || section === undefined) return [];
  const { startPoint, endPoint, bendPoints = [] } = section;
  const corners = [startPoint, ...bendPoints, endPoint].map(({ x, y }) => ({ x: round(x), y: round(y) }));
  const points = belowBar(corners, boxes.get(sources[0] ?? ""));
  const [label] = labels ?? [];
  return [
    { edge, points: edge.isTurned ? points.toReversed() : points, label: label === undefined ? null : boxOf(label) },
  ];
}

/** A line from a box down to what is in it begins below the bar, where it crosses no name. */
function belowBar(points: readonly Point[], box: Box | undefined): readonly Point[] {
  const [start, next] = points;
  if (box === undefined || start === undefined || next === undefined) return points;
  const bottom = box.y + titleHeight;
  return start.y === box.y && next.y > bottom ? [{ x: start.x, y: bottom }, ...points.slice(1)] : points;
}

function boxOf({ x = 0, y = 0, width = 0, height = 0 }: Partial<Box>): Box {
  return { x: round(x), y: round(y), width: round(width), height: round(height) };
}

/** Half pixels are as fine as it gets. */
function round(value: number): number {
  return Math.round(value * 2) / 2;
}
