/** At most one keyframe request in this time; each costs its sender a burst. Ours, as LiveKit's and mediasoup's. */
const minIntervalMs = 500;

/** Gathers keyframe requests: the first goes out at once, those within the interval as one at its end. */
export class KeyframeRequests {
  readonly #request: () => void;
  #sentAtMs = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(request: () => void) {
    this.#request = request;
  }

  add(): void {
    if (this.#timer !== undefined) return;
    const waitMs = this.#sentAtMs + minIntervalMs - performance.now();
    if (waitMs <= 0) this.#send();
    else this.#timer = setTimeout(() => this.#send(), waitMs);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #send(): void {
    this.#timer = undefined;
    this.#sentAtMs = performance.now();
    this.#request();
  }
}
