import {
  type AnyActorRef,
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  createActor,
  fromTransition,
} from "xstate";

/** What a step tells another actor at once; not what waits for a time limit, or is told to itself. */
export interface SentEvent {
  /** The name of a child, or the parent. */
  readonly to: { readonly child: string } | "parent";
  readonly event: AnyEventObject;
}

/** Where an event leads to, and what is told to others on the way. Nothing is done. */
export interface PureStep {
  readonly snapshot: AnyMachineSnapshot;
  readonly sent: readonly SentEvent[];
}

type ActorScope = Parameters<AnyStateMachine["transition"]>[2];
type ExecutableAction = Parameters<ActorScope["actionExecutor"]>[0];

/** Stands for every other actor. */
const nobody = fromTransition((state: undefined) => state, undefined);
/** XState's name for the parent (SCXML, C.1). */
const parentTarget = "#_parent";

/** The first step of a machine. What its functions throw comes through. */
export function firstStep(machine: AnyStateMachine, input: unknown): PureStep {
  const step = takeStep((scope) => machine.getInitialSnapshot(scope, input as never));
  if (step.snapshot.status === "error") throw step.snapshot.error;
  return step;
}

/**
 * XState's `transition` (a macrostep without effects) for machines that have a parent, which its own has not. What the machine's functions
 * throw comes through.
 */
export function nextStep(machine: AnyStateMachine, snapshot: AnyMachineSnapshot, event: AnyEventObject): PureStep {
  return takeStep((scope) => machine.transition(snapshot as never, event, scope));
}

/** A snapshot of which only the state and the context are known. `children` are those that it may tell something. */
export function snapshotOf(
  machine: AnyStateMachine,
  { value, context }: { readonly value?: unknown; readonly context?: unknown },
  children: Iterable<string>,
): AnyMachineSnapshot {
  const snapshot = machine.resolveState({ value: value as never, context: context as never });
  const known: Record<string, AnyActorRef> = snapshot.children;
  for (const id of children) known[id] = createActor(nobody, { id });
  return snapshot;
}

function takeStep(step: (scope: ActorScope) => AnyMachineSnapshot): PureStep {
  // A system of its own for each step, so that no child of the last one takes a name in it.
  const parent = createActor(nobody);
  const self = createActor(nobody, { parent });
  const actions: ExecutableAction[] = [];
  const scope = {
    self,
    id: self.id,
    sessionId: self.sessionId,
    system: self.system,
    logger: () => {},
    defer: () => {},
    emit: () => {},
    stopChild: () => {},
    actionExecutor: (action: ExecutableAction) => actions.push(action),
  };
  // Another actor than the machine's own stands for it: nothing reads its snapshot.
  const snapshot = step(scope as unknown as ActorScope);
  return { snapshot, sent: actions.flatMap((action) => sentBy(action, self) ?? []) };
}

function sentBy({ type, params }: ExecutableAction, self: AnyActorRef): SentEvent | undefined {
  if (typeof params !== "object" || params === null) return undefined;
  const { id, input, to, targetId, event, delay } = params as {
    readonly id?: string;
    readonly input?: unknown;
    readonly to?: AnyActorRef;
    readonly targetId?: string;
    readonly event?: AnyEventObject;
    readonly delay?: number;
  };
  if (type === "xstate.spawnChild" && id !== undefined) {
    return { to: { child: id }, event: { type: "xstate.init", input } };
  }
  if (type !== "xstate.sendTo" || event === undefined || delay !== undefined || to === undefined || to === self) {
    return undefined;
  }
  return { to: targetId === parentTarget ? "parent" : { child: to.id }, event };
}
