import type { ElkExtendedEdge, ElkNode } from "elkjs/lib/elk-api.js";
import { edgeLabel, stateRows } from "./box_text.ts";
import { type ChartEdges, chartEdges } from "./chart_edges.ts";
import type { ChartState, ChartTransition, Statechart } from "./statechart.ts";
import { flow, lineHeight, moved, stack, type TextBlock } from "./text_block.ts";

/** Which way most arrows point. */
export type Direction = "DOWN" | "RIGHT";

/** What a node of the graph stands for. */
export type GraphNode =
  | { readonly kind: "state"; readonly state: ChartState; readonly text: TextBlock }
  /** Where a state begins. */
  | { readonly kind: "initial"; readonly parent: string }
  /** Any other state of the parent. */
  | { readonly kind: "others"; readonly parent: string; readonly text: TextBlock };

/** What an edge of the graph stands for. */
export interface GraphEdge {
  readonly transitions: readonly ChartTransition[];
  readonly text: TextBlock | null;
}

/** What ELK lays out, and what each of its ids stands for. */
export interface ElkInput {
  readonly graph: ElkNode;
  readonly nodes: ReadonlyMap<string, GraphNode>;
  readonly edges: ReadonlyMap<string, GraphEdge>;
}

/** Between a box's edge and its text, in pixels. */
export const boxPadding = 10;
/** The height of a state's bar with its name. */
export const titleHeight = 28;
/** Between an arrow's label and its edge. */
export const labelPadding = 5;
const innerGap = 18;
const initialSize = 12;
const minBoxWidth = 80;

const spacing = {
  "elk.spacing.nodeNode": "22",
  "elk.spacing.edgeNode": "14",
  "elk.spacing.edgeEdge": "10",
  "elk.spacing.edgeLabel": "4",
  "elk.spacing.labelNode": "8",
  "elk.spacing.labelLabel": "6",
  "elk.layered.spacing.nodeNodeBetweenLayers": "26",
  "elk.layered.spacing.edgeNodeBetweenLayers": "14",
  "elk.layered.spacing.edgeEdgeBetweenLayers": "10",
};

/** The graph that ELK lays out: boxes in boxes with the sizes of their texts, and arrows with labels. */
export function elkGraph(chart: Statechart, direction: Direction): ElkInput {
  const nodes = new Map<string, GraphNode>();
  const edges = new Map<string, GraphEdge>();
  const elkEdges: ElkExtendedEdge[] = [];
  const sorted = chartEdges(chart);

  function addEdge(source: string, target: string, edge: GraphEdge): void {
    const id = `edge:${elkEdges.length}`;
    edges.set(id, edge);
    elkEdges.push({ id, sources: [source], targets: [target], labels: edge.text === null ? [] : [elkLabel(edge.text)] });
  }

  const options = {
    "elk.algorithm": "layered",
    "elk.direction": direction,
    "elk.hierarchyHandling": "INCLUDE_CHILDREN",
    "elk.edgeRouting": "ORTHOGONAL",
    "elk.json.shapeCoords": "ROOT",
    "elk.json.edgeCoords": "ROOT",
    "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
    "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
    "elk.layered.thoroughness": "20",
    "elk.layered.cycleBreaking.strategy": "MODEL_ORDER",
    "elk.randomSeed": "1",
    "elk.padding": padding(boxPadding, boxPadding),
    ...spacing,
  };
  const root = elkState(chart.root, sorted, nodes, addEdge);
  for (const { source, target, transitions } of sorted.edges) {
    addEdge(stateNode(source), stateNode(target), { transitions, text: edgeLabel(transitions) });
  }
  for (const { parent, target, transitions } of sorted.shared) {
    addEdge(othersNode(parent), stateNode(target), { transitions, text: edgeLabel(transitions.slice(0, 1)) });
  }
  return { graph: { id: "graph", layoutOptions: options, children: [root], edges: elkEdges }, nodes, edges };
}

function stateNode(id: string): string {
  return `state:${id}`;
}

function initialNode(parent: string): string {
  return `initial:${parent}`;
}

function othersNode(parent: string): string {
  return `others:${parent}`;
}

function elkLabel({ width, height }: TextBlock): { width: number; height: number; text: string; layoutOptions: Record<string, string> } {
  return {
    // ELK passes over a label without text.
    text: "label",
    width: width + 2 * labelPadding,
    height: height + 2 * labelPadding,
    layoutOptions: { "elk.edgeLabels.inline": "true" },
  };
}

function padding(top: number, side: number): string {
  return `[top=${top},left=${side},bottom=${side},right=${side}]`;
}

type AddEdge = (source: string, target: string, edge: GraphEdge) => void;

function elkState(state: ChartState, sorted: ChartEdges, nodes: Map<string, GraphNode>, addEdge: AddEdge): ElkNode {
  const text = boxText(state, sorted.listed.get(state.id) ?? []);
  nodes.set(stateNode(state.id), { kind: "state", state, text });
  const width = Math.max(minBoxWidth, text.width + 2 * boxPadding);
  const height = Math.max(titleHeight, text.height);
  if (state.children.length === 0) return { id: stateNode(state.id), width, height };
  const children: ElkNode[] = [];
  if (state.initial !== null) {
    const id = initialNode(state.id);
    nodes.set(id, { kind: "initial", parent: state.id });
    children.push({ id, width: initialSize, height: initialSize });
    addEdge(id, stateNode(state.initial), { transitions: [], text: null });
  }
  if (sorted.shared.some(({ parent }) => parent === state.id)) {
    const sign = flow([{ kind: "note", text: "any other" }], { maxWidth: 100, indent: 0 });
    const id = othersNode(state.id);
    nodes.set(id, { kind: "others", parent: state.id, text: sign });
    children.push({ id, width: sign.width + 16, height: lineHeight + 6 });
  }
  for (const child of state.children) children.push(elkState(child, sorted, nodes, addEdge));
  return {
    id: stateNode(state.id),
    children,
    layoutOptions: {
      "elk.padding": padding(height + innerGap, innerGap),
      "elk.nodeSize.constraints": "MINIMUM_SIZE",
      "elk.nodeSize.minimum": `(${width},${height + innerGap})`,
      ...spacing,
    },
  };
}

/** The name of a state, and what stands below it; from the left upper corner of its box. */
function boxText(state: ChartState, listed: readonly ChartTransition[]): TextBlock {
  const title = flow([{ kind: "title", text: state.key }], { maxWidth: Number.POSITIVE_INFINITY, indent: 0 });
  const rows = stack(stateRows(state, listed), 4);
  const spans = [...moved(title, boxPadding, 6), ...moved(rows, boxPadding, titleHeight + 6)];
  const height = rows.height === 0 ? titleHeight : titleHeight + 6 + rows.height + 8;
  return { width: Math.max(title.width, rows.width), height, spans };
}
