import type { Step } from "../model/step.ts";

/**
 * Everything that happened in actors, in true order: by number on each node, whose clock may be set back, and by the clocks
 * between nodes.
 */
export function orderSteps(actors: Iterable<{ readonly steps: readonly Step[] }>): readonly Step[] {
  const nodes = new Map<string, Step[]>();
  for (const { steps } of actors) {
    for (const step of steps) {
      const list = nodes.get(step.node);
      if (list === undefined) nodes.set(step.node, [step]);
      else list.push(step);
    }
  }
  const lists = [...nodes.values()].map((list) => list.sort((one, other) => one.seq - other.seq));
  const [first = [], ...others] = lists;
  return others.reduce(merge, first);
}

/** Two lists in their own orders, as one by time. */
function merge(one: readonly Step[], other: readonly Step[]): Step[] {
  const merged: Step[] = [];
  let [left, right] = [0, 0];
  while (left < one.length || right < other.length) {
    const [a, b] = [one[left], other[right]];
    if (a !== undefined && (b === undefined || a.at <= b.at)) {
      merged.push(a);
      left += 1;
    } else if (b !== undefined) {
      merged.push(b);
      right += 1;
    }
  }
  return merged;
}

/** The place of the last step at or before `step` in a list in true order; -1 where all are later. */
export function indexAtOrBefore(steps: readonly Step[], step: Pick<Step, "node" | "seq" | "at">): number {
  for (let index = steps.length - 1; index >= 0; index -= 1) {
    const each = steps[index];
    if (each === undefined) continue;
    if (each.node === step.node ? each.seq <= step.seq : each.at <= step.at) return index;
  }
  return -1;
}

/** The place of the last step that is not later than a Unix time, in a list in true order; -1 where all are later. */
export function indexAtTime(steps: readonly Step[], at: number): number {
  let [low, high] = [0, steps.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((steps[middle]?.at ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
