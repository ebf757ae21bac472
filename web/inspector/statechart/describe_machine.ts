import { type JsonObject, listOf, objectOf, textOf } from "./json_reading.ts";
import { readStateTree, resolveTargets, type TreeState, withDescendants } from "./state_tree.ts";
import {
  type ChartInvocation,
  type ChartState,
  type ChartTransition,
  type Statechart,
  transitionId,
} from "./statechart.ts";
import { actionName, guardName } from "./step_name.ts";

/**
 * A machine's definition as a statechart. `definition` is what `definitionOf` or `@statelyai/inspect` makes of a machine: its
 * configuration as JSON. What in it is no machine's is passed over.
 */
export function describeMachine(definition: unknown): Statechart {
  const tree = readStateTree(definition);
  const states = withDescendants(tree);
  const byId = new Map(states.map((state) => [state.id, state]));
  return { root: describeState(tree, byId), transitions: states.flatMap((state) => transitionsOf(state, byId)) };
}

function describeState(state: TreeState, byId: ReadonlyMap<string, TreeState>): ChartState {
  const { config } = state;
  const { initial } = config;
  const target = typeof initial === "string" ? initial : objectOf(initial)["target"];
  const isOnlyKey = typeof target === "string" && !/^[.#]/.test(target);
  const [first] = resolveTargets(state, isOnlyKey ? `.${target}` : target, byId);
  return {
    id: state.id,
    key: state.key,
    type: state.type,
    initial: state.type === "compound" ? (first?.id ?? null) : null,
    entry: listOf(config["entry"]).map(actionName),
    exit: listOf(config["exit"]).map(actionName),
    invocations: invocationsOf(state).map(({ id, src }) => ({ id, src })),
    tags: listOf(config["tags"]).filter((tag) => typeof tag === "string"),
    description: textOf(config["description"]),
    children: state.children.map((child) => describeState(child, byId)),
  };
}

function invocationsOf(state: TreeState): (ChartInvocation & { readonly config: JsonObject })[] {
  return listOf(state.config["invoke"]).map((invoke, index) => {
    const config = objectOf(invoke);
    const id = textOf(config["id"]) ?? `${index}.${state.id}`;
    return { id, src: textOf(config["src"]) ?? textOf(objectOf(config["src"])["type"]) ?? id, config };
  });
}

interface Branches {
  readonly event: string;
  readonly label: string;
  readonly branches: unknown;
}

function branchesOf(state: TreeState): Branches[] {
  const { config, id } = state;
  return [
    ...Object.entries(objectOf(config["on"])).map(([event, branches]) => ({ event, label: event, branches })),
    { event: `xstate.done.state.${id}`, label: "done", branches: config["onDone"] },
    ...invocationsOf(state).flatMap(({ id: invoked, config: { onDone, onError, onSnapshot } }) => [
      { event: `xstate.done.actor.${invoked}`, label: `${invoked} done`, branches: onDone },
      { event: `xstate.error.actor.${invoked}`, label: `${invoked} failed`, branches: onError },
      { event: `xstate.snapshot.${invoked}`, label: `${invoked} changed`, branches: onSnapshot },
    ]),
    ...Object.entries(objectOf(config["after"])).map(([delay, branches]) => ({
      event: `xstate.after.${delay}.${id}`,
      label: /^\d+$/.test(delay) ? `after ${delay} ms` : `after ${delay}`,
      branches,
    })),
    { event: "", label: "always", branches: config["always"] },
  ];
}

function transitionsOf(state: TreeState, byId: ReadonlyMap<string, TreeState>): ChartTransition[] {
  return branchesOf(state).flatMap(({ event, label, branches }) =>
    listOf(branches).map((branch, index) => {
      const config = typeof branch === "string" ? { target: branch } : objectOf(branch);
      return {
        id: transitionId(state.id, event, index),
        source: state.id,
        targets: resolveTargets(state, config["target"], byId).map((target) => target.id),
        event,
        label,
        index,
        guard: guardName(config["guard"]),
        actions: listOf(config["actions"]).map(actionName),
        reenters: config["reenter"] === true,
        description: textOf(config["description"]),
      };
    }),
  );
}
