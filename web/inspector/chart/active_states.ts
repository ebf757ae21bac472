import { type ChartState, statesIn } from "../statechart/statechart.ts";

/** The ids of the states of a chart that a state value says are active, outer ones, too. */
export function activeStates(root: ChartState, value: unknown): ReadonlySet<string> {
  const active = new Set<string>();
  if (value === undefined) return active;
  const enter = (state: ChartState, inner: unknown): void => {
    active.add(state.id);
    for (const [key, deeper] of entriesOf(inner)) {
      const child = state.children.find((each) => each.key === key);
      if (child !== undefined) enter(child, deeper);
    }
  };
  enter(root, value);
  return active;
}

/** The id of the state that is meant by its key where only that is known; undefined for none. */
export function stateIdOf(root: ChartState, key: string): string | undefined {
  return statesIn(root).find((state) => state.key === key)?.id;
}

function entriesOf(value: unknown): [string, unknown][] {
  if (typeof value === "string") return [[value, undefined]];
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}
