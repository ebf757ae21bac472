import { expect, test } from "vitest";
import { type AnyStateMachine, and, assign, type StateNode, setup } from "xstate";
import { definitionOf } from "../../../../machines/machine_definition.ts";
import { describeMachine } from "../../../../web/inspector/statechart/describe_machine.ts";
import { type ChartState, statesIn } from "../../../../web/inspector/statechart/statechart.ts";
import { allMachines } from "../../../kit/all_machines.ts";

type Node = StateNode<never, never>;

const machines = [...(await allMachines())];

/** All states as XState made them. */
function nodesIn(node: Node): Node[] {
  return [node, ...Object.values(node.states).flatMap((child) => nodesIn(child as Node))];
}

function rootOf(machine: AnyStateMachine): Node {
  return machine.root as unknown as Node;
}

/** What XState took from the definition, without its own steps for time limits. */
function named(actions: readonly unknown[]): string[] {
  return actions.flatMap((action) => {
    const type = typeof action === "string" ? action : (action as { type?: string; name?: string }).type;
    return type === undefined || type === "xstate.raise" || type === "xstate.cancel"
      ? []
      : [type.replace("xstate.", "")];
  });
}

/** A name without what is in brackets behind it. */
const bare = (names: readonly string[]) => names.map((name) => name.replace(/\(.*/, ""));

test("there are machines to describe", () => {
  expect(machines.length).toBeGreaterThan(10);
});

test.each(machines)("[CH1] every state of %s is in its statechart, in its place", (_, machine) => {
  const chart = describeMachine(definitionOf(machine));
  const shape = (state: ChartState): unknown => ({
    id: state.id,
    type: state.type,
    initial: state.initial,
    entry: bare(state.entry),
    exit: bare(state.exit),
    invocations: state.invocations.map(({ id }) => id),
    tags: state.tags,
    children: state.children.map(shape),
  });
  const nodeShape = (node: Node): unknown => ({
    id: node.id,
    type: node.type,
    initial: node.type === "compound" ? (node.initial.target?.[0]?.id ?? null) : null,
    entry: named(node.entry),
    exit: named(node.exit),
    invocations: node.invoke.map(({ id }) => id),
    tags: node.tags,
    children: Object.values(node.states).map((child) => nodeShape(child as Node)),
  });
  expect(shape(chart.root)).toEqual(nodeShape(rootOf(machine)));
  expect(new Set(statesIn(chart.root).map(({ id }) => id)).size).toBe(nodesIn(rootOf(machine)).length);
});

test.each(machines)("[CH2] every transition of %s is in its statechart, and nothing else is", (_, machine) => {
  const expected = nodesIn(rootOf(machine)).flatMap((node) =>
    [...[...node.transitions.values()].flat(), ...(node.always ?? [])].map((transition) => ({
      source: node.id,
      event: transition.eventType,
      targets: (transition.target ?? []).map(({ id }) => id),
      hasGuard: transition.guard !== undefined,
      actions: named(transition.actions),
      reenters: transition.reenter,
    })),
  );
  const { transitions } = describeMachine(definitionOf(machine));
  expect(
    transitions.map(({ source, event, targets, guard, actions, reenters }) => ({
      source,
      event,
      targets,
      hasGuard: guard !== null,
      actions: bare(actions),
      reenters,
    })),
  ).toEqual(expected);
  expect(new Set(transitions.map(({ id }) => id)).size).toBe(transitions.length);
});

test("[CH2] events that XState makes are called as the definition has them", () => {
  const { transitions } = describeMachine({
    id: "m",
    states: {
      a: {
        after: { 500: "b", breakTimeout: "b" },
        always: { guard: "isDone", target: "b" },
        invoke: { src: "job", onDone: "b", onError: "b" },
        onDone: "b",
      },
      b: {},
    },
  });
  expect(transitions.map(({ label, event }) => [label, event])).toEqual([
    ["done", "xstate.done.state.m.a"],
    ["0.m.a done", "xstate.done.actor.0.m.a"],
    ["0.m.a failed", "xstate.error.actor.0.m.a"],
    ["after 500 ms", "xstate.after.500.m.a"],
    ["after breakTimeout", "xstate.after.breakTimeout.m.a"],
    ["always", ""],
  ]);
});

test("[CH3] a definition that went through JSON keeps the names of what is made of functions", () => {
  const machine = setup({
    types: { context: {} as { isMuted: boolean }, events: {} as { type: "go" } | { type: "stay" } },
    guards: { isFull: () => true, isLate: (_, _params: { by: string }) => true },
    actions: { tell: (_, _params: { state: string; text: string }) => {} },
  }).createMachine({
    id: "m",
    context: { isMuted: false },
    on: {
      go: [
        { guard: and(["isFull", { type: "isLate", params: { by: "minutes" } }]), actions: assign({ isMuted: true }) },
        { actions: { type: "tell", params: { state: "open", text: "is a sentence" } } },
      ],
      stay: { actions: { type: "tell", params: () => ({ state: "", text: "" }) } },
    },
  });
  const definition = definitionOf(machine);
  expect(JSON.parse(JSON.stringify(definition))).toEqual(definition);
  expect(definition).not.toHaveProperty("context");
  const { transitions } = describeMachine(definition);
  expect(transitions.map(({ guard, actions }) => [guard, ...actions])).toEqual([
    ["isFull and isLate(minutes)", "assign(isMuted)"],
    [null, "tell(open)"],
    [null, "tell"],
  ]);
});

test("[CH3] guards within guards are told apart", () => {
  const isOne = { type: "not", guards: [{ type: "and", guards: ["a", { type: "or", guards: ["b", "c"] }] }] };
  const chart = describeMachine({ id: "m", on: { go: { guard: isOne }, come: { guard: { type: "not" } } } });
  expect(chart.transitions.map(({ guard }) => guard)).toEqual(["not (a and (b or c))", "not"]);
});

test("[CH4] a target is found in each of its forms", () => {
  const definition = {
    id: "m",
    initial: "a",
    states: {
      a: {
        id: "own",
        initial: "x",
        on: {
          id: "#own.y",
          deep: "#m.b.z",
          child: ".y",
          sibling: "b",
          inner: "b.z",
          both: { target: ["b.z", ".y"] },
          none: "c",
        },
        states: { x: { on: { back: "#own" } }, y: {} },
      },
      b: { initial: "z", states: { z: {} } },
    },
  };
  const { root, transitions } = describeMachine(definition);
  expect(Object.fromEntries(transitions.map(({ event, targets }) => [event, targets]))).toEqual({
    id: ["m.a.y"],
    deep: ["m.b.z"],
    child: ["m.a.y"],
    sibling: ["m.b"],
    inner: ["m.b.z"],
    both: ["m.b.z", "m.a.y"],
    none: [],
    back: ["own"],
  });
  expect(root.initial).toBe("own");
});

test.each([null, 7, "text", [[]], { states: 7, on: [] }, { id: 5, states: { a: null }, entry: [null, 3, {}] }])(
  "[CH4] %j makes a chart without what is wrong in it",
  (definition) => {
    const { root, transitions } = describeMachine(definition);
    expect(root.id).toBe("(machine)");
    expect(transitions).toEqual([]);
  },
);
