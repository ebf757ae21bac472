import { kindOfEvent } from "../events/event_kind.ts";
import { type Step, stepKey } from "../model/step.ts";

/** A line of a list of steps: one step, or measurements that followed each other. */
export interface StepLine {
  /** The newest of them. */
  readonly step: Step;
  readonly steps: readonly Step[];
  /** How often it happened. */
  readonly count: number;
  /** Events that were lost before one of them. */
  readonly lost: number;
}

/** Steps as lines, oldest first; measurements that follow each other are one, so that one a second hides nothing. */
export function foldedSteps(steps: readonly Step[]): readonly StepLine[] {
  const lines: StepLine[] = [];
  for (const step of steps) {
    const last = lines.at(-1);
    const isOneMore = last !== undefined && isMeasured(step) && isMeasured(last.step);
    const before = isOneMore ? last : { steps: [], count: 0, lost: 0 };
    if (isOneMore) lines.pop();
    lines.push({
      step,
      steps: [...before.steps, step],
      count: before.count + step.repeats + 1,
      lost: before.lost + step.lost,
    });
  }
  return lines;
}

/** The place of the line that holds a step; -1 where none does. */
export function lineOf(lines: readonly StepLine[], step: Step | null): number {
  if (step === null) return -1;
  const key = stepKey(step);
  return lines.findIndex(({ steps }) => steps.some((each) => stepKey(each) === key));
}

/** What nobody sent: it was measured. */
export function isMeasured({ event }: Step): boolean {
  return kindOfEvent(event) === "observed";
}
