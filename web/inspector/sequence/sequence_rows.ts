import { type EventKind, kindOfEvent } from "../events/event_kind.ts";
import { labelOfEvent } from "../events/event_label.ts";
import { stateChanges, stateChangeWords } from "../events/region_states.ts";
import { type Step, stepKey } from "../model/step.ts";
import type { Arrow, SequenceScope } from "./sequence_scope.ts";

/** A change of state, at the lifeline where it happened. */
export interface Tag {
  readonly lifeline: number;
  /** Of the machine, "" where there is one alone. */
  readonly region: string;
  readonly words: string;
}

/** An event, or one that was passed on at once: a row with an arrow for each hop. */
export interface StepRow {
  readonly kind: "step";
  readonly key: string;
  readonly steps: readonly Step[];
  readonly arrows: readonly Arrow[];
  readonly label: string;
  readonly tone: EventKind;
  /** How often it happened, one after another. */
  readonly count: number;
  readonly tags: readonly Tag[];
  /** The fold that it is part of, when that is open. */
  readonly foldKey: string | null;
}

/** Several events in one row, until it is opened. */
export interface FoldRow {
  readonly kind: "fold";
  readonly key: string;
  readonly steps: readonly Step[];
  readonly label: string;
  readonly tone: EventKind;
  readonly tags: readonly Tag[];
  /** The outermost lifelines that take part. */
  readonly left: number;
  readonly right: number;
  readonly isOpen: boolean;
}

/** Nothing happened for a while, or what happened did not reach this page. */
export interface PauseRow<Kind extends "gap" | "lost" = "gap" | "lost"> {
  readonly kind: Kind;
  readonly key: string;
  /** Milliseconds of a gap; events that were lost. */
  readonly size: number;
}

export type SequenceRow = StepRow | FoldRow | PauseRow<"gap"> | PauseRow<"lost">;

export interface SequenceOptions {
  /** Whether candidates, measurements and XState's own events are folded, and hops are shown as one. */
  readonly isFolding: boolean;
  /** What is left out. */
  readonly hidden: ReadonlySet<EventKind>;
  /** The keys of folds that are open all the same. */
  readonly opened: ReadonlySet<string>;
}

/** A pause from which on it is marked. Ours: what follows a message at once comes within a few round trips. */
const gapMs = 500;
/** So many alike in a row are folded. Ours: two read as well as a count. */
const minAlike = 3;

/** The rows of a sequence diagram, oldest first. */
export function sequenceRows(scope: SequenceScope, options: SequenceOptions): readonly SequenceRow[] {
  const { isFolding, hidden, opened } = options;
  const single = stepRows(scope, isFolding).filter(({ tone }) => !hidden.has(tone));
  const rows: SequenceRow[] = [];
  let last: Step | undefined;
  const push = (row: StepRow | FoldRow) => {
    const first = row.steps[0];
    if (first === undefined) return;
    const pause = last === undefined ? 0 : elapsedMs(last, first);
    if (pause >= gapMs) rows.push({ kind: "gap", key: `gap ${row.key}`, size: pause });
    if (first.lost > 0) rows.push({ kind: "lost", key: `lost ${row.key}`, size: first.lost });
    rows.push(row);
    last = row.steps.at(-1);
  };
  for (let index = 0; index < single.length; ) {
    const run = isFolding ? runAt(single, index) : single.slice(index, index + 1);
    const [first] = run;
    index += run.length;
    if (first === undefined) break;
    if (run.length === 1) {
      push(first);
      continue;
    }
    const fold = foldOf(run, opened);
    if (!fold.isOpen) {
      push(fold);
      continue;
    }
    // The head of an open fold stands for none of its events.
    rows.push(fold);
    for (const row of run) push({ ...row, foldKey: fold.key });
  }
  return rows;
}

/** Milliseconds between two steps: by the node's monotonic clock, between nodes by the clocks of both. */
export function elapsedMs(from: Step, to: Step): number {
  return from.node === to.node ? to.atMs - from.atMs : to.at - from.at;
}

function stepRows(scope: SequenceScope, isFolding: boolean): readonly StepRow[] {
  const values = new Map<string, unknown>();
  const rows: StepRow[] = [];
  for (const step of scope.steps) {
    const arrow = scope.arrowOf(step);
    const tags = tagsOf(step, arrow, scope, values);
    const previous = rows.at(-1);
    const hop = previous?.arrows.at(-1);
    if (isFolding && previous !== undefined && hop !== undefined && isPassedOn(previous, hop, step, arrow)) {
      const steps = [...previous.steps, step];
      rows[rows.length - 1] = {
        ...previous,
        steps,
        arrows: [...previous.arrows, arrow],
        tags: [...previous.tags, ...tags],
      };
      continue;
    }
    rows.push({
      kind: "step",
      key: stepKey(step),
      steps: [step],
      arrows: [arrow],
      label: labelOfEvent(step.event),
      tone: kindOfEvent(step.event),
      count: step.repeats + 1,
      tags,
      foldKey: null,
    });
  }
  return rows;
}

function tagsOf(step: Step, { to }: Arrow, scope: SequenceScope, values: Map<string, unknown>): readonly Tag[] {
  if (step.snapshot === undefined) return [];
  const before = values.has(step.actorId) ? values.get(step.actorId) : scope.valueBefore(step.actorId);
  values.set(step.actorId, step.snapshot.value);
  // Where a machine begins is in its chart.
  if (step.event.type === "xstate.init") return [];
  return stateChanges(before, step.snapshot.value).map((change) => ({
    lifeline: to,
    region: change.region,
    words: stateChangeWords(change),
  }));
}

/** The same event goes from the one that got it to the next, farther on the same way. */
function isPassedOn(previous: StepRow, hop: Arrow, step: Step, arrow: Arrow): boolean {
  const last = previous.steps.at(-1);
  return (
    last !== undefined &&
    last.node === step.node &&
    last.event.type === step.event.type &&
    step.sourceId === last.actorId &&
    arrow.from !== null &&
    hop.from !== null &&
    Math.sign(arrow.to - arrow.from) * Math.sign(hop.to - hop.from) === 1 &&
    previous.label === labelOfEvent(step.event) &&
    previous.count === 1 &&
    step.repeats === 0
  );
}

/** Whether a row is folded with those beside it: what keeps machines running, and what comes by the dozen. */
function isChatter({ tone, steps }: StepRow): boolean {
  return tone === "internal" || tone === "observed" || /^candidate(?: |\.|$)/.test(labelOfFirst(steps));
}

function labelOfFirst([first]: readonly Step[]): string {
  return first === undefined ? "" : labelOfEvent(first.event);
}

/** The rows from `index` on that make one fold: just the first when there is none. */
function runAt(rows: readonly StepRow[], index: number): readonly StepRow[] {
  const first = rows[index];
  if (first === undefined) return [];
  const isLike = isChatter(first) ? isChatter : (row: StepRow) => isAlike(first, row) && !isChatter(row);
  let end = index + 1;
  for (; end < rows.length; end += 1) {
    const [before, row] = [rows[end - 1]?.steps.at(-1), rows[end]];
    if (row === undefined || before === undefined || !isLike(row)) break;
    if (isChatter(first) && row.steps[0] !== undefined && elapsedMs(before, row.steps[0]) >= gapMs) break;
  }
  const isLong = end - index >= (isChatter(first) ? 2 : minAlike);
  return rows.slice(index, isLong ? end : index + 1);
}

function isAlike(one: StepRow, other: StepRow): boolean {
  const [a, b] = [one.arrows[0], other.arrows[0]];
  return (
    one.label === other.label &&
    one.tags.length === 0 &&
    other.tags.length === 0 &&
    one.arrows.length === other.arrows.length &&
    a?.from === b?.from &&
    a?.to === b?.to
  );
}

function foldOf(run: readonly StepRow[], opened: ReadonlySet<string>): FoldRow {
  const lines = run.flatMap(({ arrows }) => arrows.flatMap(({ from, to }) => (from === null ? [to] : [from, to])));
  const key = `fold ${run[0]?.key ?? ""}`;
  return {
    kind: "fold",
    key,
    steps: run.flatMap(({ steps }) => steps),
    label: foldLabel(run),
    tone: toneOf(run),
    tags: lastTags(run.flatMap(({ tags }) => tags)),
    left: Math.min(...lines),
    right: Math.max(...lines),
    isOpen: opened.has(key),
  };
}

function foldLabel(run: readonly StepRow[]): string {
  const [first] = run;
  if (first !== undefined && !isChatter(first)) return `${first.label} ×${countOf(run)}`;
  const of = (tone: EventKind) => countOf(run.filter((row) => row.tone === tone));
  const parts = [
    [of("ice"), "candidate"],
    [of("observed"), "measurement"],
    [of("internal"), "internal"],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count} ${word}${count > 1 && word !== "internal" ? "s" : ""}`)
    .join(", ");
}

function countOf(run: readonly StepRow[]): number {
  return run.reduce((sum, { count }) => sum + count, 0);
}

function toneOf(run: readonly StepRow[]): EventKind {
  const tones = ["ice", "observed", "internal"] as const;
  return run[0] !== undefined && !isChatter(run[0])
    ? run[0].tone
    : (tones.find((tone) => run.some((row) => row.tone === tone)) ?? "internal");
}

/** What each region came to. */
function lastTags(tags: readonly Tag[]): readonly Tag[] {
  return [...new Map(tags.map((tag) => [`${tag.lifeline} ${tag.region}`, tag])).values()];
}
