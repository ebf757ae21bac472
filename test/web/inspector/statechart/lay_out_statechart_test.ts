import { beforeAll, describe, expect, test } from "vitest";
import { definitionOf } from "../../../../machines/machine_definition.ts";
import { describeMachine } from "../../../../web/inspector/statechart/describe_machine.ts";
import type { Direction } from "../../../../web/inspector/statechart/elk_graph.ts";
import { layOutStatechart } from "../../../../web/inspector/statechart/lay_out_statechart.ts";
import type {
  Box,
  PlacedEdge,
  PlacedNode,
  Point,
  StatechartLayout,
} from "../../../../web/inspector/statechart/placed_chart.ts";
import { type ChartState, type Statechart, statesIn } from "../../../../web/inspector/statechart/statechart.ts";
import { allMachines } from "../../../kit/all_machines.ts";

const layoutTimeoutMs = 90_000;

/** Whatever the machines have not. */
const oddDefinition = {
  id: "odd",
  initial: "one",
  on: { "all.over": ".end", "all.changed": { target: ".many", actions: "note" } },
  states: {
    one: {
      on: { go: "many", again: { target: "one", reenter: true }, both: { target: ["many.left.b", "many.right.b"] } },
    },
    many: {
      type: "parallel",
      entry: "start",
      onDone: "end",
      states: {
        left: { initial: "a", states: { a: { on: { go: "b" } }, b: { on: { back: "#odd.one" } } } },
        right: {
          initial: "a",
          states: { a: { on: { go: "b", cross: "#odd.many.left.b" } }, b: {}, past: { type: "history" } },
        },
      },
    },
    end: { type: "final" },
  },
};

const sideBySide = {
  id: "sides",
  type: "parallel",
  on: { told: { actions: "note" } },
  states: {
    left: { initial: "a", states: { a: { on: { go: "b" } }, b: {} } },
    "a region whose name is long": {},
    right: { initial: "a", states: { a: { on: { go: "b" } }, b: { on: { back: "a" } } }, on: { stop: ".b" } },
  },
};

const charts: [string, Statechart][] = [
  ...[...(await allMachines())].map(([name, machine]): [string, Statechart] => [
    name,
    describeMachine(definitionOf(machine)),
  ]),
  ["odd", describeMachine(oddDefinition)],
  ["sides", describeMachine(sideBySide)],
  ["empty", describeMachine({ id: "empty" })],
];

const placedIn = (node: PlacedNode["node"]) => (node.kind === "state" ? node.state.id : node.parent);

function contains(outer: Box, inner: Box): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}

function overlap(one: Box, other: Box): boolean {
  return (
    one.x < other.x + other.width &&
    other.x < one.x + one.width &&
    one.y < other.y + other.height &&
    other.y < one.y + one.height
  );
}

const nameOf = ({ node }: PlacedNode) => `${node.kind} ${placedIn(node)}`;
const edgeName = ({ edge: { transitions } }: PlacedEdge) => transitions.map(({ id }) => id).join(" ");
const labelsOf = (layout: StatechartLayout) =>
  layout.edges.flatMap((edge) => (edge.label === null ? [] : [{ edge, box: edge.label }]));

/** Of each state, its own id and those of all around it. */
function pathsOf(state: ChartState, above: readonly string[] = []): Map<string, readonly string[]> {
  const path = [...above, state.id];
  return new Map([[state.id, path], ...state.children.flatMap((child) => [...pathsOf(child, path)])]);
}

/** The texts of a box that reach out of it. */
function looseText({ node, box }: PlacedNode): string[] {
  if (node.kind === "initial") return [];
  const rows = node.kind === "others" ? [{ x: 8, y: 0, text: node.text }] : node.rows;
  const top = node.kind === "state" && rows.length > 0 ? 28 : 0;
  const inner = { x: 0, y: 0, width: box.width, height: box.height - top };
  const texts = [...rows, ...(node.kind === "state" ? [{ x: 10, y: 0, text: node.title }] : [])];
  return texts.flatMap(({ x, y, text }) => {
    const place = { x, y, width: text.width, height: text.height };
    return contains(inner, place) ? [] : [`${text.spans[0]?.text} reaches out of its box`];
  });
}

/** Every place where a box or a label is not where it may be. */
function faultsOf(chart: Statechart, layout: StatechartLayout): string[] {
  const faults: string[] = [];
  const paths = pathsOf(chart.root);
  /** The states that a node is in. */
  const around = ({ node }: PlacedNode) => {
    const path = paths.get(placedIn(node)) ?? [];
    return node.kind === "state" ? path.slice(0, -1) : path;
  };
  const boxOf = new Map(layout.nodes.flatMap(({ node, box }) => (node.kind === "state" ? [[node.state.id, box]] : [])));
  const picture = { x: 0, y: 0, width: layout.width, height: layout.height };
  for (const [index, placed] of layout.nodes.entries()) {
    const parent = around(placed).at(-1);
    const outer = (parent === undefined ? undefined : boxOf.get(parent)) ?? picture;
    if (!contains(outer, placed.box)) faults.push(`${nameOf(placed)} is not inside ${parent}`);
    for (const other of layout.nodes.slice(index + 1)) {
      const areSiblings = around(other).join() === around(placed).join();
      if (areSiblings && overlap(placed.box, other.box)) faults.push(`${nameOf(placed)} overlaps ${nameOf(other)}`);
    }
  }
  for (const placed of layout.nodes) faults.push(...looseText(placed));
  const labels = labelsOf(layout);
  for (const [index, { edge, box }] of labels.entries()) {
    const { width = 0, height = 0 } = edge.edge.text ?? {};
    if (box.width < width || box.height < height) faults.push(`label ${edgeName(edge)} is too small`);
    if (!contains(picture, box)) faults.push(`label ${edgeName(edge)} is outside`);
    for (const placed of layout.nodes) {
      if (overlap(placed.box, box) && !contains(placed.box, box))
        faults.push(`label ${edgeName(edge)} is on ${nameOf(placed)}`);
      const isLeaf = placed.node.kind !== "state" || placed.node.state.children.length === 0;
      if (isLeaf && overlap(placed.box, box)) faults.push(`label ${edgeName(edge)} is in ${nameOf(placed)}`);
    }
    for (const other of labels.slice(index + 1)) {
      if (overlap(box, other.box)) faults.push(`label ${edgeName(edge)} is on label ${edgeName(other.edge)}`);
    }
  }
  return faults;
}

/** The stretches of a line as boxes without width or height, a little shorter than they are. */
function stretchesOf(points: readonly Point[]): Box[] {
  return points.slice(1).map((to, index) => {
    const from = points[index] ?? to;
    const x = Math.min(from.x, to.x);
    const y = Math.min(from.y, to.y);
    const width = Math.abs(from.x - to.x);
    const height = Math.abs(from.y - to.y);
    return {
      x: x + (width > 2 ? 1 : 0),
      y: y + (height > 2 ? 1 : 0),
      width: Math.max(0, width - 2),
      height: Math.max(0, height - 2),
    };
  });
}

/** Every line that goes through a label of another line, or through a box that nothing lies in. */
function crossingsOf(layout: StatechartLayout): string[] {
  const leaves = layout.nodes.filter(({ node }) => node.kind !== "state" || node.state.children.length === 0);
  return layout.edges.flatMap((edge) =>
    stretchesOf(edge.points).flatMap((stretch) => [
      ...labelsOf(layout)
        .filter((label) => label.edge !== edge && overlap(label.box, stretch))
        .map((label) => `${edgeName(edge)} crosses label ${edgeName(label.edge)}`),
      ...leaves.filter(({ box }) => overlap(box, stretch)).map((leaf) => `${edgeName(edge)} crosses ${nameOf(leaf)}`),
    ]),
  );
}

function isOnBorder({ x, y }: Point, box: Box): boolean {
  const isWithin = x >= box.x - 1 && x <= box.x + box.width + 1 && y >= box.y - 1 && y <= box.y + box.height + 1;
  const sides = [x - box.x, x - box.x - box.width, y - box.y, y - box.y - box.height];
  return isWithin && sides.some((distance) => Math.abs(distance) <= 1);
}

describe.each(charts)("%s", (_, chart) => {
  let layout: StatechartLayout;
  const directed = new Map<Direction, StatechartLayout>();
  beforeAll(async () => {
    layout = await layOutStatechart(chart);
    for (const direction of ["DOWN", "RIGHT"] as const) {
      directed.set(direction, await layOutStatechart(chart, { direction }));
    }
  }, layoutTimeoutMs);
  const all = () => [layout, ...directed.values()];

  test("[CH5] boxes lie in their boxes and beside the others, and labels lie free", () => {
    for (const each of all()) expect(faultsOf(chart, each)).toEqual([]);
  });

  test("[CH5] no line of the layout that is shown goes through a label or a box", () => {
    expect(crossingsOf(layout)).toEqual([]);
  });

  test("[CH6] an arrow leads from its source to its target", () => {
    for (const { nodes, edges } of all()) {
      const find = (id: string, kind: "state" | "others") =>
        nodes.find(({ node }) => node.kind === kind && placedIn(node) === id)?.box ?? expect.fail(`no ${kind} ${id}`);
      for (const placed of edges) {
        const [transition] = placed.edge.transitions;
        const [start, end] = [placed.points[0], placed.points.at(-1)];
        if (transition === undefined || start === undefined || end === undefined) continue;
        const sources = new Set(placed.edge.transitions.map(({ source }) => source));
        const from =
          sources.size === 1
            ? find(transition.source, "state")
            : (nodes.find(({ node, box }) => node.kind === "others" && isOnBorder(start, box))?.box ??
              expect.fail("no sign that it begins at"));
        // From a box to what is in it, a line begins below the bar.
        const belowBar = { x: from.x, y: from.y + 28, width: from.width, height: from.height - 28 };
        expect(isOnBorder(start, from) || isOnBorder(start, belowBar), edgeName(placed)).toBe(true);
        const ends = transition.targets.filter((target) => isOnBorder(end, find(target, "state")));
        expect(ends.length, edgeName(placed)).toBeGreaterThan(0);
      }
    }
  });

  test("[CH7] every transition is shown, and once", () => {
    for (const { nodes, edges } of all()) {
      const rows = nodes.flatMap(({ node }) => (node.kind === "state" || node.kind === "panel" ? node.rows : []));
      const shown = [...edges.map(({ edge }) => edge), ...rows].flatMap(({ transitions }) => transitions);
      const expected = chart.transitions.flatMap((transition) =>
        Array.from({ length: Math.max(1, transition.targets.length) }, () => transition.id),
      );
      expect(shown.map(({ id }) => id).sort()).toEqual(expected.sort());
      const states = nodes.flatMap(({ node }) => (node.kind === "state" ? [node.state.id] : []));
      expect(states.sort()).toEqual(
        statesIn(chart.root)
          .map(({ id }) => id)
          .sort(),
      );
    }
  });
});
