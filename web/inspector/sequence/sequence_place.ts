import { isLater } from "../model/actor_view.ts";
import { type Step, stepKey } from "../model/step.ts";
import type { SequenceRow } from "./sequence_rows.ts";

/** The row in which a step is; of one that is in none, the last row that began no later; -1 where all are later. */
export function rowOfStep(rows: readonly SequenceRow[], step: Step): number {
  const key = stepKey(step);
  let last = -1;
  for (let index = rows.length - 1; index >= 0; index -= 1) {
    const row = rows[index];
    if (row === undefined || !("steps" in row) || (row.kind === "fold" && row.isOpen)) continue;
    if (row.steps.some((each) => stepKey(each) === key)) return index;
    const [first] = row.steps;
    if (last === -1 && first !== undefined && !isLater(first, step)) last = index;
  }
  return last;
}

/** The next row that stands for an event, so many further on or back; the outermost one where there are not so many. */
export function rowBeside(rows: readonly SequenceRow[], from: number, distance: number): number {
  const way = Math.sign(distance);
  let found = from;
  let left = Math.abs(distance);
  for (let index = from + way; index >= 0 && index < rows.length && left > 0; index += way) {
    const row = rows[index];
    if (row === undefined || !("steps" in row) || (row.kind === "fold" && row.isOpen)) continue;
    found = index;
    left -= 1;
  }
  return found;
}
