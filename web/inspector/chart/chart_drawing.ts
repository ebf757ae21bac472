import { type ActorView, stateOf } from "../model/actor_view.ts";
import type { Step } from "../model/step.ts";
import type { Statechart } from "../statechart/statechart.ts";
import { activeStates } from "./active_states.ts";
import { takenTransition } from "./taken_transition.ts";

/** What of a chart is lit. */
export interface ChartMarks {
  readonly active: ReadonlySet<string>;
  readonly lastTransition: string | null;
}

/** The states that an actor was in at a step, or is in now, and the transition that led there. */
export function marksAt(chart: Statechart, actor: ActorView, step: Step | null): ChartMarks {
  const index = indexAt(actor, step);
  const value = (index < 0 ? actor.before : actor.steps[index]?.snapshot)?.value ?? actor.before.value;
  return { active: activeStates(chart.root, value), lastTransition: lastTransition(chart, actor, index) };
}

/** The place of the step that an actor was at, at the time of another one of the cluster; -1 before its first. */
export function indexAt(actor: ActorView, step: Step | null): number {
  const { steps } = actor;
  if (step === null) return lastHandled(steps, steps.length - 1);
  const own = steps.indexOf(step);
  if (own >= 0) return lastHandled(steps, own);
  const state = stateOf(actor, step);
  return steps.findLastIndex(({ snapshot }) => snapshot === state);
}

/** What was only told leads nowhere. */
function lastHandled(steps: readonly Step[], from: number): number {
  let index = from;
  while (index >= 0 && steps[index]?.snapshot === undefined) index -= 1;
  return index;
}

/** Of the last step at or before `index` that made the machine move. */
function lastTransition(chart: Statechart, actor: ActorView, index: number): string | null {
  for (let at = index; at >= 0; at -= 1) {
    const taken = transitionOf(chart, actor, at);
    if (taken !== null) return taken;
  }
  return null;
}

/** The id of the transition that a step made a machine take; null when it took none. */
export function transitionOf(chart: Statechart, actor: ActorView, index: number): string | null {
  const step = actor.steps[index];
  if (step?.snapshot === undefined) return null;
  const before = lastHandled(actor.steps, index - 1);
  const was = (before < 0 ? actor.before : actor.steps[before]?.snapshot)?.value;
  const happening = { before: was ?? step.snapshot.value, after: step.snapshot.value, eventType: step.event.type };
  return takenTransition(chart, happening)?.id ?? null;
}
