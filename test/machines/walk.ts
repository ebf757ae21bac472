import {
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type EventFromLogic,
  type SnapshotFrom,
  transition,
} from "xstate";
import { getShortestPaths } from "xstate/graph";

/** `{ "have-local-offer": "awaitingAnswer" }` as `have-local-offer.awaitingAnswer`; the regions of a parallel state sorted. */
export function nameOf(value: AnyMachineSnapshot["value"]): string {
  if (typeof value === "string") return value;
  return Object.entries(value)
    .map(([name, inner]) => `${name}.${inner === undefined ? "" : nameOf(inner)}`)
    .sort()
    .join(" ");
}

/** The events that the time limits of a state bring. */
function timeoutsOf(snapshot: AnyMachineSnapshot): { type: string }[] {
  return snapshot._nodes.flatMap((node) => node.after.map(({ eventType }) => ({ type: eventType })));
}

/** A machine without a parent: what it would tell it is only an action like any other. */
function withoutParent(machine: AnyStateMachine): AnyStateMachine {
  const names = Object.keys(machine.implementations.actions).filter((name) => name.startsWith("tell"));
  return machine.provide({ actions: Object.fromEntries(names.map((name) => [name, () => {}])) });
}

export interface WalkOptions<Machine extends AnyStateMachine> {
  readonly input: unknown;
  /** Everything that may come from outside; time limits run out by themselves. */
  readonly events: readonly EventFromLogic<Machine>[];
  /** What of the context makes two snapshots of one state different. */
  readonly relevant: (context: SnapshotFrom<Machine>["context"]) => unknown;
}

/** One step that a machine can take from a snapshot that it can get into. */
export interface WalkedStep<Machine extends AnyStateMachine> {
  readonly from: SnapshotFrom<Machine>;
  readonly event: { readonly type: string };
  readonly to: SnapshotFrom<Machine>;
  readonly actions: readonly { readonly type: string; readonly params: unknown }[];
}

/** Every snapshot that a machine can get into with these events. */
export function walk<Machine extends AnyStateMachine>(
  machine: Machine,
  { input, events, relevant }: WalkOptions<Machine>,
): SnapshotFrom<Machine>[] {
  const paths = getShortestPaths(withoutParent(machine), {
    input,
    events: (snapshot) => [...events, ...timeoutsOf(snapshot)],
    serializeState: ({ value, context }) => JSON.stringify([value, relevant(context)]),
  });
  return paths.map(({ state }) => state as SnapshotFrom<Machine>);
}

/** Every step between the snapshots of a walk, with what it orders. */
export function* stepsOf<Machine extends AnyStateMachine>(
  machine: Machine,
  options: WalkOptions<Machine>,
): Generator<WalkedStep<Machine>> {
  const orphan = withoutParent(machine);
  for (const from of walk(machine, options)) {
    for (const event of [...options.events, ...timeoutsOf(from)]) {
      const [to, actions] = transition(orphan, from, event);
      yield { from, event, to: to as SnapshotFrom<Machine>, actions };
    }
  }
}
