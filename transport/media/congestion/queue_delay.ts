/** The least delay of this much time and up to twice as much is the path's own, in milliseconds. Ours: clocks drift 1 ms in 10 s at most. */
const epochMs = 10_000;
/** The weight of a new packet in the mean. Ours. */
const weight = 0.05;

/** How long packets wait in the path's queue: their one-way delay above the least one lately. The clocks need not agree. */
export class QueueDelay {
  #epochStartMs = Number.NEGATIVE_INFINITY;
  #least = Number.POSITIVE_INFINITY;
  #previousLeast = Number.POSITIVE_INFINITY;
  #mean = 0;

  /** In milliseconds; 0 before anything arrived. */
  get delayMs(): number {
    return Math.max(0, this.#mean - Math.min(this.#least, this.#previousLeast));
  }

  add(sentMs: number, arrivalMs: number): void {
    const delayMs = arrivalMs - sentMs;
    if (sentMs - this.#epochStartMs >= epochMs) {
      const isFirst = this.#epochStartMs === Number.NEGATIVE_INFINITY;
      this.#previousLeast = isFirst ? delayMs : this.#least;
      this.#least = delayMs;
      this.#epochStartMs = sentMs;
      if (isFirst) this.#mean = delayMs;
    }
    if (delayMs < this.#least) this.#least = delayMs;
    this.#mean += weight * (delayMs - this.#mean);
  }
}
