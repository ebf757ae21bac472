import { stateRows } from "./box_text.ts";
import { chartEdges } from "./chart_edges.ts";
import { boxTitle, type GraphNode, titleHeight } from "./elk_graph.ts";
import { movedLayout, type PlacedNode, type StatechartLayout } from "./placed_chart.ts";
import { type ChartState, type Statechart, statesIn } from "./statechart.ts";

/** Between regions, and around them. */
const gap = 18;

/**
 * The charts of the regions of a machine that is in several states at a time; null when it is not such a machine or when its
 * regions cannot be laid out each on its own, since an arrow leads from one to another.
 */
export function splitRegions({ root, transitions }: Statechart): Statechart[] | null {
  if (root.type !== "parallel" || root.children.length === 0) return null;
  const charts = root.children.map((region) => {
    const ids = new Set(statesIn(region).map(({ id }) => id));
    const own = transitions.filter(({ source }) => ids.has(source));
    const isClosed = own.every(({ targets }) => targets.every((target) => ids.has(target)));
    return isClosed ? { root: region, transitions: own } : null;
  });
  const areOfRoot = transitions.filter(({ source }) => source === root.id);
  if (areOfRoot.some(({ targets }) => targets.some((target) => target !== root.id))) return null;
  return charts.every((chart) => chart !== null) ? charts : null;
}

/** Sets regions in rows below what the state that they are of says, no row wider than `maxWidth` that has more than one. */
export function arrangeRegions(
  chart: Statechart,
  regions: readonly StatechartLayout[],
  maxWidth: number,
): StatechartLayout {
  const { root } = chart;
  const panel = panelOf(chart);
  const title = boxTitle(root);
  const rows = inRows(regions, maxWidth);
  const inner = Math.max(
    ...rows.map((row) => row.reduce((sum, { width }) => sum + width + gap, -gap)),
    ...title.spans.map(({ width }) => width),
    panel?.box.width ?? 0,
  );
  const placed: StatechartLayout[] = [];
  let y = titleHeight + gap + (panel === null ? 0 : panel.box.height + gap);
  for (const row of rows) {
    const height = Math.max(...row.map((region) => region.height));
    const spare = inner - row.reduce((sum, { width }) => sum + width + gap, -gap);
    let x = gap;
    for (const region of row) {
      // A row's regions share what is over, so that they end where the others do.
      const width = Math.floor(region.width + spare / row.length);
      placed.push(movedLayout(stretched(region, width, height), { x, y }, 1));
      x += width + gap;
    }
    y += height + gap;
  }
  const size = { width: inner + 2 * gap, height: y };
  const node: GraphNode = { kind: "state", state: root, title, rows: [] };
  return {
    ...size,
    nodes: [
      { node, box: { x: 0, y: 0, ...size }, depth: 0 },
      ...(panel === null ? [] : [panel]),
      ...placed.flatMap(({ nodes }) => nodes),
    ],
    edges: placed.flatMap(({ edges }) => edges),
  };
}

/** With the outermost box in another size. */
function stretched(region: StatechartLayout, width: number, height: number): StatechartLayout {
  const [outer, ...nodes] = region.nodes;
  if (outer === undefined) return region;
  return { ...region, width, height, nodes: [{ ...outer, box: { ...outer.box, width, height } }, ...nodes] };
}

function inRows(regions: readonly StatechartLayout[], maxWidth: number): StatechartLayout[][] {
  const rows: StatechartLayout[][] = [];
  let width = 0;
  for (const region of regions) {
    const row = rows.at(-1);
    if (row !== undefined && width + gap + region.width <= maxWidth) {
      row.push(region);
      width += gap + region.width;
    } else {
      rows.push([region]);
      width = region.width;
    }
  }
  return rows;
}

function panelOf({ root, transitions }: Statechart): PlacedNode | null {
  const listed = chartEdges({ root, transitions }).listed.get(root.id) ?? [];
  const { width, height, rows } = stateRows(root, listed, nameIn(root));
  if (rows.length === 0) return null;
  const box = { x: gap, y: titleHeight + gap, width, height };
  return { node: { kind: "panel", parent: root.id, rows }, box, depth: 1 };
}

function nameIn(root: ChartState): (id: string) => string {
  const keys = new Map(statesIn(root).map(({ id, key }) => [id, key]));
  return (id) => keys.get(id) ?? id;
}
