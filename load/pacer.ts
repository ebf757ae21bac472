import { Distribution } from "./distribution.ts";

/** Who is further behind skips what it missed, rather than send it all at once. Ours. */
const maxLateMs = 1_000;

/** What is sent at a steady pace. */
export interface PacedSource {
  readonly intervalMs: number;
  /** Sends what was due at `dueMs`. */
  send(dueMs: number): void;
}

/** Has every source of a process send when it is due, from one timer; says how late that was. */
export class Pacer {
  readonly #nextDue = new Map<PacedSource, number>();
  /** How late each was sent, in milliseconds: what tells a generator at its limit. */
  readonly lateness = new Distribution();
  /** What was never sent, because the process was too far behind. */
  skipped = 0;

  /** Sends it first at `firstMs`. */
  add(source: PacedSource, firstMs: number): void {
    this.#nextDue.set(source, firstMs);
  }

  remove(source: PacedSource): void {
    this.#nextDue.delete(source);
  }

  /** Sends all that is due at `nowMs`. */
  run(nowMs: number): void {
    for (const [source, firstDueMs] of this.#nextDue) {
      let dueMs = firstDueMs;
      const missed = Math.floor((nowMs - maxLateMs - dueMs) / source.intervalMs) + 1;
      if (missed > 0) {
        this.skipped += missed;
        dueMs += missed * source.intervalMs;
      }
      for (; dueMs <= nowMs; dueMs += source.intervalMs) {
        this.lateness.add(nowMs - dueMs);
        source.send(dueMs);
      }
      // Unless it was removed by what it sent.
      if (this.#nextDue.has(source)) this.#nextDue.set(source, dueMs);
    }
  }
}
