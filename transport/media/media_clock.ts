/** How often transports look after what is due, in milliseconds: a retransmission request waits no longer. Ours. */
const intervalMs = 20;

/** What has something to do from time to time. */
export interface Ticking {
  /** @param nowMs `performance.now` */
  tick(nowMs: number): void;
}

/** One timer for all transports of a node that carry media. */
export class MediaClock {
  readonly #members = new Set<Ticking>();
  #timer: ReturnType<typeof setInterval> | undefined;

  add(member: Ticking): void {
    this.#members.add(member);
    this.#timer ??= setInterval(() => this.#tick(), intervalMs);
  }

  remove(member: Ticking): void {
    this.#members.delete(member);
    if (this.#members.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    const nowMs = performance.now();
    for (const member of this.#members) member.tick(nowMs);
  }
}
