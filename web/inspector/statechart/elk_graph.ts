import type { ElkExtendedEdge, ElkLabel, ElkNode } from "elkjs/lib/elk-api.js";
import { type BoxRow, type BoxRows, edgeLabel, stateRows } from "./box_text.ts";
import { chartEdges } from "./chart_edges.ts";
import { layoutOptions, nestedOptions } from "./elk_options.ts";
import { readingOrder } from "./reading_order.ts";
import { type ChartState, type ChartTransition, type Statechart, statesIn } from "./statechart.ts";
import { flow, lineHeight, type TextBlock } from "./text_block.ts";

/** Which way most arrows point. */
export type Direction = "DOWN" | "RIGHT";

/** What a node of the graph stands for. */
export type GraphNode =
  | { readonly kind: "state"; readonly state: ChartState; readonly title: TextBlock; readonly rows: readonly BoxRow[] }
  /** What the box of a state with others in it says below its name. */
  | { readonly kind: "panel"; readonly parent: string; readonly rows: readonly BoxRow[] }
  /** Where a state begins. */
  | { readonly kind: "initial"; readonly parent: string }
  /** Any other state of the parent. */
  | { readonly kind: "others"; readonly parent: string; readonly text: TextBlock };

/** What an edge of the graph stands for. */
export interface GraphEdge {
  readonly transitions: readonly ChartTransition[];
  readonly text: TextBlock | null;
  /** The graph has it the other way round, so that it has no cycles. */
  readonly isTurned: boolean;
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
const initialSize = 12;
const minBoxWidth = 80;

const titleFlow = { maxWidth: Number.POSITIVE_INFINITY, indent: 0 };

/** The graph that ELK lays out: boxes in boxes with the sizes of their texts, and arrows with labels. */
export function elkGraph(chart: Statechart, direction: Direction): ElkInput {
  const nodes = new Map<string, GraphNode>();
  const edges = new Map<string, GraphEdge>();
  const elkEdges: ElkExtendedEdge[] = [];
  const sorted = chartEdges(chart);
  const keys = new Map(statesIn(chart.root).map(({ id, key }) => [id, key]));
  const goesBack = readingOrder(chart);

  function addEdge(source: string, target: string, edge: GraphEdge): void {
    const id = `edge:${elkEdges.length}`;
    edges.set(id, edge);
    const [from, to] = edge.isTurned ? [target, source] : [source, target];
    elkEdges.push({ id, sources: [from], targets: [to], labels: edge.text === null ? [] : [elkLabel(edge.text)] });
  }

  function elkState(state: ChartState): ElkNode {
    const id = `state:${state.id}`;
    const title = boxTitle(state);
    const rows = stateRows(state, sorted.listed.get(state.id) ?? [], (target) => keys.get(target) ?? target);
    if (state.children.length === 0) {
      nodes.set(id, { kind: "state", state, title, rows: rows.rows });
      const width = Math.max(boxWidth(title.width), rows.width);
      return { id, width, height: titleHeight + rows.height };
    }
    nodes.set(id, { kind: "state", state, title, rows: [] });
    const width = boxWidth(title.width);
    const children = [...elkSigns(state, rows), ...state.children.map(elkState)];
    return { id, children, layoutOptions: nestedOptions({ width, height: titleHeight }) };
  }

  /** What lies in a state beside its states. */
  function elkSigns(state: ChartState, { rows, width, height }: BoxRows): ElkNode[] {
    const signs: ElkNode[] = [];
    if (rows.length > 0) {
      const id = `panel:${state.id}`;
      nodes.set(id, { kind: "panel", parent: state.id, rows });
      signs.push({
        id,
        width,
        height,
        layoutOptions: { "elk.layered.layering.layerConstraint": "FIRST" },
      });
    }
    if (state.initial !== null) {
      const id = `initial:${state.id}`;
      nodes.set(id, { kind: "initial", parent: state.id });
      signs.push({ id, width: initialSize, height: initialSize });
      addEdge(id, `state:${state.initial}`, { transitions: [], text: null, isTurned: false });
    }
    if (sorted.shared.some(({ parent }) => parent === state.id)) {
      const id = `others:${state.id}`;
      const text = flow([{ kind: "note", text: "any other" }], titleFlow);
      nodes.set(id, { kind: "others", parent: state.id, text });
      signs.push({ id, width: text.width + 16, height: lineHeight + 6 });
    }
    return signs;
  }

  const root = elkState(chart.root);
  for (const { source, target, transitions } of sorted.edges) {
    const isTurned = goesBack(source, target);
    addEdge(`state:${source}`, `state:${target}`, { transitions, text: edgeLabel(transitions), isTurned });
  }
  for (const { parent, target, transitions } of sorted.shared) {
    const text = edgeLabel(transitions.slice(0, 1));
    addEdge(`others:${parent}`, `state:${target}`, { transitions, text, isTurned: false });
  }
  return {
    graph: { id: "graph", layoutOptions: layoutOptions(direction), children: [root], edges: elkEdges },
    nodes,
    edges,
  };
}

/** What stands in the bar of a state. */
export function boxTitle({ key, type, tags }: ChartState): TextBlock {
  const name = type === "history" ? `${key} (history)` : key;
  const text = tags.length === 0 ? name : `${name} #${tags.join(" #")}`;
  return flow([{ kind: "title", text }], titleFlow);
}

function boxWidth(title: number): number {
  return Math.max(minBoxWidth, title + 2 * boxPadding);
}

function elkLabel({ width, height }: TextBlock): ElkLabel {
  return {
    // ELK passes over a label without text.
    text: "label",
    width: width + 2 * labelPadding,
    height: height + 2 * labelPadding,
    layoutOptions: { "elk.edgeLabels.inline": "true" },
  };
}
