/** How fast a {@linkcode TokenBucket} fills and how much it holds. */
export interface TokenBucketOptions {
  readonly perSecond: number;
  readonly burst: number;
}

/** Lets so many events through in a second on average, and a burst at once. It knows no clock: times are given. */
export class TokenBucket {
  readonly #options: TokenBucketOptions;
  #tokens: number;
  #filledAtMs: number;

  /** A full bucket. */
  constructor(options: TokenBucketOptions, nowMs: number) {
    this.#options = options;
    this.#tokens = options.burst;
    this.#filledAtMs = nowMs;
  }

  /** Whether one more event may pass. */
  take(nowMs: number): boolean {
    const { perSecond, burst } = this.#options;
    this.#tokens = Math.min(burst, this.#tokens + ((nowMs - this.#filledAtMs) * perSecond) / 1_000);
    this.#filledAtMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
