/** How many crashes a supervisor tolerates within which time. */
export interface RestartLimit {
  readonly maxCrashes: number;
  readonly periodMs: number;
}

/** Of sessions and rooms. Ours. */
const defaultLimit: RestartLimit = { maxCrashes: 20, periodMs: 10_000 };

/** Whether crashes come faster than a supervisor tolerates (the restart intensity of Erlang/OTP's supervisors). */
export class RestartIntensity {
  readonly #limit: RestartLimit;
  #crashesAtMs: number[] = [];

  /** More crashes than `limit` within its period escalate to the parent. */
  constructor(limit = defaultLimit) {
    this.#limit = limit;
  }

  /** Counts a crash at a time on a monotonic clock, in milliseconds. After it returned true it starts from nothing. */
  isExceededBy(nowMs: number): boolean {
    const { maxCrashes, periodMs } = this.#limit;
    this.#crashesAtMs = [...this.#crashesAtMs.filter((atMs) => nowMs - atMs < periodMs), nowMs];
    if (this.#crashesAtMs.length <= maxCrashes) return false;
    this.#crashesAtMs = [];
    return true;
  }

  /** For the log. */
  describe(): { readonly maxCrashes: number; readonly periodMs: number } {
    return this.#limit;
  }
}
