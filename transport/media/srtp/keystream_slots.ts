import { slotCount } from "./packet_memory.ts";

/** A slot is idle when those in use were filled so often each since it was; audio fills one 20 times less often than video. Ours. */
const idleRounds = 64;
/** Slots that are looked at for an idle one before a fresh one is taken. Ours. */
const maxProbes = 4;

/**
 * Whose keystream is in which slot. Memory is bounded for the process, and a stream that fell silent or is gone gives its slot
 * away without being told: a fill is known by its number, and who finds another one in its slot has lost it.
 */
export class KeystreamSlots {
  readonly #capacity: number;
  /** The last fill of each slot that was ever used. */
  readonly #fills: number[] = [];
  #lastFill = 0;
  #hand = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Slots that were ever used. */
  get used(): number {
    return this.#fills.length;
  }

  /** The number of the last fill; never 0. */
  get lastFill(): number {
    return this.#lastFill;
  }

  /** Whether what a fill left in a slot is still there. */
  holds(slot: number, fill: number): boolean {
    return this.#fills[slot] === fill;
  }

  /** @returns the slot to fill, of which `lastFill` is the number: the same one if it is still held, or one that another may lose */
  claim(slot: number, fill: number): number {
    const claimed = this.holds(slot, fill) ? slot : this.#take();
    this.#fills[claimed] = ++this.#lastFill;
    return claimed;
  }

  #take(): number {
    const used = this.#fills.length;
    for (let probe = 0; probe < Math.min(maxProbes, used); probe++) {
      this.#hand = (this.#hand + 1) % used;
      if (this.#lastFill - (this.#fills[this.#hand] as number) > idleRounds * used) return this.#hand;
    }
    if (used < this.#capacity) return used;
    this.#hand = (this.#hand + 1) % used;
    return this.#hand;
  }
}

/** Those of the packet memory. */
export const keystreamSlots = new KeystreamSlots(slotCount);
