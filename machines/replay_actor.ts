import type { AnyMachineSnapshot, AnyStateMachine } from "xstate";
import type { ExportedActor, ExportedEvent, ExportedState } from "../protocol/connection_record.ts";
import { firstStep, nextStep, type PureStep, type SentEvent, snapshotOf } from "./pure_step.ts";
import { type Difference, differenceOf, faultOf, isMeasuring } from "./replay_difference.ts";

/** An event of a record, and where it leads to now. */
export interface ReplayedStep {
  /** From 1; those that are forgotten are counted. */
  readonly number: number;
  readonly recorded: ExportedEvent;
  /** Undefined when the machine threw. */
  readonly state: Pick<AnyMachineSnapshot, "status" | "value"> | undefined;
  readonly sent: readonly SentEvent[];
  readonly difference: Difference | undefined;
}

export interface ReplayedActor {
  readonly actor: ExportedActor;
  readonly steps: readonly ReplayedStep[];
}

export interface ReplayActorOptions {
  /** The names of its children in the record. */
  readonly children: readonly string[];
  /** What a step begins with when the one before differed: what was recorded, or what the machine made of it. */
  readonly follow: "record" | "machine";
}

/** Runs what one actor was told through its machine again, and compares each step with what was recorded. */
export function replayActor(
  machine: AnyStateMachine,
  actor: ExportedActor,
  { children, follow }: ReplayActorOptions,
): ReplayedActor {
  const restored = (state: ExportedState) => snapshotOf(machine, state, children);
  const steps: ReplayedStep[] = [];
  let snapshot = actor.before === undefined ? undefined : restored(actor.before);
  for (const recorded of actor.events) {
    const { after } = recorded;
    if (after?.value === undefined) continue;
    const isFirst = recorded.event.type === "xstate.init";
    if (!isFirst && snapshot === undefined && steps.length === 0) {
      // What it was before is not known.
      snapshot = restored(after);
      continue;
    }
    // By what the machine makes of it now, it has come to its end.
    if (!isFirst && snapshot?.status !== "active") break;
    const taken = stepFrom(machine, snapshot, recorded);
    const difference = "fault" in taken ? faultOf(taken.fault, after) : differenceOf(actor.kind, taken.snapshot, after);
    const now = "fault" in taken ? undefined : taken.snapshot;
    const number = actor.forgotten + steps.length + 1;
    steps.push({ number, recorded, state: now, sent: "sent" in taken ? taken.sent : [], difference });
    const isExact = difference === undefined && !isMeasuring(actor.kind);
    snapshot = follow === "machine" || isExact ? now : restored(after);
  }
  return { actor, steps };
}

function stepFrom(
  machine: AnyStateMachine,
  snapshot: AnyMachineSnapshot | undefined,
  { event }: ExportedEvent,
): PureStep | { readonly fault: unknown } {
  try {
    return snapshot === undefined ? firstStep(machine, event["input"]) : nextStep(machine, snapshot, event);
  } catch (fault) {
    return { fault };
  }
}
