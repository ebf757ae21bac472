/** What became of a check. */
export type Verdict = "passed" | "warning" | "failed" | "skipped";

/** In the order in which they are told. */
export const groups = [
  "program",
  "settings",
  "ports",
  "address",
  "sources",
  "STUN",
  "TURN",
  "outside",
  "clock",
  "NATS",
] as const;
export type Group = (typeof groups)[number];

/** Figures for machines: times end in `Ms`. */
export type Facts = Readonly<Record<string, string | number | boolean | readonly (string | number)[]>>;

/** What a check saw. No text of it holds a credential. */
export interface Outcome {
  readonly verdict: Verdict;
  /** What was seen, with figures; of what was skipped why. */
  readonly saw: string;
  /** What to do; there for everything that failed or deserves a warning. */
  readonly advice?: string;
  readonly facts?: Facts;
}

/** How a check ends: with what it saw, or in the checks that it led to alone. */
export type CheckEnd = (Outcome & { readonly next?: readonly Check[] }) | { readonly next: readonly Check[] };

/** One thing that is looked at. It waits for nothing without a limit, and leaves nothing behind. */
export interface Check {
  readonly group: Group;
  /** A few words: what is looked at. */
  readonly name: string;
  /** What it finds, and what is to be checked now that this is known. */
  run(): Promise<CheckEnd>;
}

export function passed(saw: string, facts?: Facts): Outcome {
  return { verdict: "passed", saw, ...(facts === undefined ? {} : { facts }) };
}

export function skipped(saw: string): Outcome {
  return { verdict: "skipped", saw };
}

export function warning(saw: string, advice: string, facts?: Facts): Outcome {
  return { verdict: "warning", saw, advice, ...(facts === undefined ? {} : { facts }) };
}

export function failed(saw: string, advice: string, facts?: Facts): Outcome {
  return { verdict: "failed", saw, advice, ...(facts === undefined ? {} : { facts }) };
}

/** A length of time as people read it: `0.4 ms`, `43 ms`, `3.0 s`. */
export function time(ms: number): string {
  if (ms < 1) return `${ms.toFixed(1)} ms`;
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

/** For {@linkcode Facts}: to a tenth. */
export function roundMs(ms: number): number {
  return Math.round(ms * 10) / 10;
}

/** `1 port`, `1,000 ports`. */
export function count(number: number, what: string): string {
  return `${number.toLocaleString("en-US")} ${what}${number === 1 ? "" : "s"}`;
}
