import ELK, { type ElkNode } from "elkjs/lib/elk.bundled.js";
import { type Direction, elkGraph, type GraphEdge, type GraphNode } from "./elk_graph.ts";
import type { Statechart } from "./statechart.ts";

/** A rectangle in pixels. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A box, outer ones first. */
export interface PlacedNode {
  readonly node: GraphNode;
  readonly box: Box;
  /** How many states it lies in. */
  readonly depth: number;
}

/** An arrow: its corners from its source to its target, and its label's place. */
export interface PlacedEdge {
  readonly edge: GraphEdge;
  readonly points: readonly Point[];
  readonly label: Box | null;
}

/** Where everything of a chart is. */
export interface StatechartLayout {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
}

export interface LayoutOptions {
  readonly direction?: Direction;
}

/** Places a statechart's boxes, arrows and labels; the same each time. */
export async function layOutStatechart(chart: Statechart, options: LayoutOptions = {}): Promise<StatechartLayout> {
  const { direction = "RIGHT" } = options;
  const { graph, nodes, edges } = elkGraph(chart, direction);
  const placed = await new ELK.default().layout(graph);
  const placedNodes: PlacedNode[] = [];
  function place(elkNode: ElkNode, depth: number): void {
    const node = nodes.get(elkNode.id);
    if (node !== undefined) placedNodes.push({ node, box: boxOf(elkNode), depth });
    for (const child of elkNode.children ?? []) place(child, depth + 1);
  }
  place(placed, -1);
  return {
    width: Math.ceil(placed.width ?? 0),
    height: Math.ceil(placed.height ?? 0),
    nodes: placedNodes,
    edges: (placed.edges ?? []).flatMap(({ id, sections, labels }) => {
      const edge = edges.get(id);
      const [section] = sections ?? [];
      if (edge === undefined || section === undefined) return [];
      const { startPoint, endPoint, bendPoints = [] } = section;
      const [label] = labels ?? [];
      return [
        {
          edge,
          points: [startPoint, ...bendPoints, endPoint].map(({ x, y }) => ({ x: round(x), y: round(y) })),
          label: label === undefined ? null : boxOf(label),
        },
      ];
    }),
  };
}

function boxOf({ x = 0, y = 0, width = 0, height = 0 }: Partial<Box>): Box {
  return { x: round(x), y: round(y), width: round(width), height: round(height) };
}

/** Half pixels are as fine as it gets. */
function round(value: number): number {
  return Math.round(value * 2) / 2;
}
