import type { BoxRow } from "./box_text.ts";
import { chartStyle } from "./chart_style.ts";
import { headPath, linePath } from "./edge_path.ts";
import { boxPadding, type GraphNode, labelPadding, titleHeight } from "./elk_graph.ts";
import type { Box, PlacedEdge, PlacedNode, Point, StatechartLayout } from "./placed_chart.ts";
import type { ChartState, ChartTransition } from "./statechart.ts";
import { type SvgElement, svg } from "./svg_element.ts";
import type { Span } from "./text_block.ts";

/** What the drawing says beside the chart itself. */
export interface DrawingOptions {
  /** Of the drawing as a whole, for those who do not see it. */
  readonly title?: string;
  readonly description?: string;
  /** The ids of the states that a machine is in. */
  readonly active?: ReadonlySet<string>;
  /** The id of the transition that it took last. */
  readonly lastTransition?: string | null;
  /** Arrows, labels and lines carry the ids of their transitions as `data-transitions`, one in a line: for a page that is clicked. */
  readonly hasTransitionIds?: boolean;
}

/** Around the drawing, so that no line is cut. */
const margin = 2;
const boxRadius = 8;

/** A placed statechart as SVG. */
export function drawStatechart(layout: StatechartLayout, options: DrawingOptions = {}): SvgElement {
  const { title = null, description = null, active = new Set<string>(), lastTransition = null } = options;
  const hasIds = options.hasTransitionIds === true;
  const width = layout.width + 2 * margin;
  const height = layout.height + 2 * margin;
  const regions = new Set(
    layout.nodes.flatMap(({ node }) =>
      node.kind === "state" && node.state.type === "parallel" ? node.state.children.map(({ id }) => id) : [],
    ),
  );
  const marks = { active, last: lastTransition, regions, hasIds };
  return svg(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      class: "statechart",
      role: "img",
      width,
      height,
      viewBox: `${-margin} ${-margin} ${width} ${height}`,
    },
    [
      title === null ? null : svg("title", {}, [title]),
      description === null ? null : svg("desc", {}, [description]),
      svg("style", {}, [chartStyle]),
      ...layout.nodes.map((placed) => drawNode(placed, marks)),
      ...layout.edges.map((placed) => drawLine(placed, marks)),
      ...layout.nodes.flatMap(drawTitle),
      ...layout.edges.map((placed) => drawLabel(placed, marks)),
    ],
  );
}

interface Marks {
  readonly active: ReadonlySet<string>;
  readonly last: string | null;
  /** The ids of states that are side by side with others. */
  readonly regions: ReadonlySet<string>;
  readonly hasIds: boolean;
}

function drawNode({ node, box, depth }: PlacedNode, marks: Marks): SvgElement {
  switch (node.kind) {
    case "initial":
      return svg("circle", { class: "initial", cx: box.x + box.width / 2, cy: box.y + box.height / 2, r: 5 });
    case "others":
      return svg("g", { class: "others" }, [
        svg("title", {}, ["any other state in here"]),
        svg("rect", { class: "box", ...box, rx: box.height / 2 }),
        ...node.text.spans.map((span) => drawSpan(span, box.x + 8, box.y + 3)),
      ]);
    case "panel":
      return svg("g", { class: "panel" }, [
        svg("rect", { class: "box", ...box, rx: boxRadius }),
        ...drawRows(node.rows, box, marks),
      ]);
    case "state":
      return drawState(node, box, depth, marks);
  }
}

type StateNode = Extract<GraphNode, { readonly kind: "state" }>;

function drawState({ state, rows }: StateNode, box: Box, depth: number, marks: Marks): SvgElement {
  const isActive = marks.active.has(state.id);
  const classes = ["state", state.type, `depth-${depth}`];
  if (marks.regions.has(state.id)) classes.push("region");
  if (isActive) classes.push("active");
  const hasMore = state.children.length > 0 || rows.length > 0;
  return svg("g", { class: classes.join(" "), "data-state": state.id }, [
    svg("title", {}, [`${state.id}: ${wordsOf(state)}${isActive ? ", active" : ""}`]),
    svg("rect", { class: "box", ...box, rx: boxRadius }),
    hasMore ? svg("path", { class: "bar", d: barPath(box) }) : null,
    state.type === "final" ? svg("rect", { class: "inner", ...inset(box, 3.5), rx: boxRadius - 3 }) : null,
    ...drawRows(rows, { x: box.x, y: box.y + titleHeight }, marks),
  ]);
}

/** After the lines: where one crosses a name, the name is read. */
function drawTitle({ node, box }: PlacedNode): SvgElement[] {
  if (node.kind !== "state") return [];
  return node.title.spans.map((span) => drawSpan(span, box.x + boxPadding, box.y + 7));
}

function drawRows(rows: readonly BoxRow[], box: Point, { last, hasIds }: Marks): SvgElement[] {
  return rows.map(({ x, y, text, transitions }) => {
    const left = box.x + x;
    const top = box.y + y;
    const isLast = last !== null && transitions.some(({ id }) => id === last);
    const mark = { x: left - 5, y: top - 1, width: text.width + 10, height: text.height + 2 };
    return svg("g", { class: edgeClass("row", transitions, last), "data-transitions": idsOf(transitions, hasIds) }, [
      isLast ? svg("rect", { class: "mark", ...mark, rx: 5 }) : null,
      ...text.spans.map((span) => drawSpan(span, left, top)),
    ]);
  });
}

function wordsOf({ type, description }: ChartState): string {
  return `${type} state${description === null ? "" : `. ${description}`}`;
}

/** The bar of a box: round above, straight below. */
function barPath({ x, y, width }: Box): string {
  const left = x + 0.75;
  const right = x + width - 0.75;
  const top = y + 0.75;
  const bottom = y + titleHeight;
  const round = boxRadius - 0.75;
  return `M${left} ${bottom}V${top + round}Q${left} ${top} ${left + round} ${top}H${right - round}Q${right} ${top} ${right} ${top + round}V${bottom}Z`;
}

function inset({ x, y, width, height }: Box, by: number): Box {
  return { x: x + by, y: y + by, width: width - 2 * by, height: height - 2 * by };
}

function drawSpan({ kind, text, x, y, width }: Span, left: number, top: number): SvgElement {
  return svg("text", { class: kind, x: left + x, y: top + y, textLength: width, lengthAdjust: "spacingAndGlyphs" }, [
    text,
  ]);
}

function edgeClass(name: string, transitions: readonly ChartTransition[], last: string | null): string {
  return last !== null && transitions.some(({ id }) => id === last) ? `${name} last` : name;
}

/** Null for a drawing that says nothing of them, and for what is of none. */
function idsOf(transitions: readonly ChartTransition[], hasIds: boolean): string | null {
  return hasIds && transitions.length > 0 ? transitions.map(({ id }) => id).join("\n") : null;
}

function drawLine({ edge: { transitions }, points }: PlacedEdge, { last, hasIds }: Marks): SvgElement {
  return svg("g", { class: edgeClass("edge", transitions, last), "data-transitions": idsOf(transitions, hasIds) }, [
    svg("path", { class: "line", d: linePath(points) }),
    svg("path", { class: "head", d: headPath(points) }),
  ]);
}

function drawLabel({ edge: { transitions, text }, label }: PlacedEdge, { last, hasIds }: Marks): SvgElement | null {
  if (label === null || text === null) return null;
  return svg("g", { class: edgeClass("label", transitions, last), "data-transitions": idsOf(transitions, hasIds) }, [
    svg("title", {}, [transitions.map(sentenceOf).join("\n")]),
    svg("rect", { class: "pill", ...label, rx: 6 }),
    ...text.spans.map((span) => drawSpan(span, label.x + labelPadding, label.y + labelPadding)),
  ]);
}

function sentenceOf({ source, targets, label, guard, actions, description }: ChartTransition): string {
  const condition = guard === null ? "" : ` [${guard}]`;
  const steps = actions.length === 0 ? "" : ` / ${actions.join(", ")}`;
  const words = description === null ? "" : `: ${description}`;
  return `${source} → ${targets.join(", ")} on ${label}${condition}${steps}${words}`;
}
