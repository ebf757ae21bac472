/** How often transports look after what is due, in milliseconds. Ours. */
const intervalMs = 100;
/** The same while one of them waits for something, as for the time to ask for a packet again. Ours. */
const urgentMs = 20;

/** What has something to do from time to time. */
export interface Ticking {
  /**
   * @param nowMs `performance.now`
   * @returns whether the next tick should come soon
   */
  tick(nowMs: number): boolean;
}

/** One timer for all transports of a node that carry media. Each time that it wakes the process costs more than what it wakes it for. */
export class MediaClock {
  readonly #members = new Set<Ticking>();
  readonly #tick = (): void => this.#tickAll();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isUrgent = false;

  add(member: Ticking): void {
    this.#members.add(member);
    if (this.#timer === undefined) this.#schedule(false);
  }

  remove(member: Ticking): void {
    this.#members.delete(member);
    if (this.#members.size > 0) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** The next tick comes soon. */
  hurry(): void {
    if (this.#isUrgent || this.#members.size === 0) return;
    this.#schedule(true);
  }

  #schedule(isUrgent: boolean): void {
    clearTimeout(this.#timer);
    this.#isUrgent = isUrgent;
    this.#timer = setTimeout(this.#tick, isUrgent ? urgentMs : intervalMs);
  }

  #tickAll(): void {
    const nowMs = performance.now();
    this.#timer = undefined;
    this.#isUrgent = false;
    let isUrgent = false;
    try {
      for (const member of this.#members) if (member.tick(nowMs)) isUrgent = true;
    } finally {
      if (this.#members.size > 0) this.#schedule(isUrgent);
    }
  }
}
