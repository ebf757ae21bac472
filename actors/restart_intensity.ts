/** More crashes than this within the period escalate to the parent. Both are ours. */
const maxCrashes = 20;
const periodMs = 10_000;

/** Whether crashes come faster than a supervisor tolerates (the restart intensity of Erlang/OTP's supervisors). */
export class RestartIntensity {
  #crashesAtMs: number[] = [];

  /** Counts a crash at a time on a monotonic clock, in milliseconds. After it returned true it starts from nothing. */
  isExceededBy(nowMs: number): boolean {
    this.#crashesAtMs = [...this.#crashesAtMs.filter((atMs) => nowMs - atMs < periodMs), nowMs];
    if (this.#crashesAtMs.length <= maxCrashes) return false;
    this.#crashesAtMs = [];
    return true;
  }

  describe(): { readonly maxCrashes: number; readonly periodMs: number } {
    return { maxCrashes, periodMs };
  }
}
