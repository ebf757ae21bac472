/**
 * Milliseconds since 1970 on which the nodes of a cluster agree, but for the time that a message takes: by the fastest of the clocks that
 * were heard of. Claims to a session are compared by it, whatever the clocks of the machines are set to.
 */
export class ClusterClock {
  readonly #ownNow: () => number;
  #aheadMs = 0;

  /** @param ownNow milliseconds since 1970 by the clock of this machine */
  constructor(ownNow: () => number) {
    this.#ownNow = ownNow;
  }

  now(): number {
    return this.#ownNow() + this.#aheadMs;
  }

  /** Another node told its time, a moment ago or longer. */
  heard(timeMs: number): void {
    this.#aheadMs = Math.max(this.#aheadMs, timeMs - this.#ownNow());
  }
}
