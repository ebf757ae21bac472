const windowMs = 60_000;

/** Counts the errors that a socket is told within any 60 s. It knows no clock: times are given. */
export class ErrorWindow {
  readonly #max: number;
  /** Times of the last errors, oldest first, never more than `max`. */
  readonly #toldAtMs: number[] = [];

  constructor(maxErrorsPerMinute: number) {
    this.#max = maxErrorsPerMinute;
  }

  /** Counts one more error; false when it is one too many. */
  admit(nowMs: number): boolean {
    const oldest = this.#toldAtMs[0];
    if (oldest !== undefined && oldest <= nowMs - windowMs) this.#toldAtMs.shift();
    if (this.#toldAtMs.length >= this.#max) return false;
    this.#toldAtMs.push(nowMs);
    return true;
  }
}
