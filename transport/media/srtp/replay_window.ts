/** Which of the last packet indexes came already (RFC 3711, 3.3.2). Nothing is remembered but what was verified. */
export class ReplayWindow {
  readonly #size: number;
  readonly #bits: Int32Array;
  #highest = -1;

  /** @param size in packets: a power of two, at least 64 (RFC 3711, 3.3.2) */
  constructor(size: number) {
    if (size < 64 || (size & (size - 1)) !== 0) {
      throw new RangeError(`Cannot keep a replay window of ${size} packets: it takes a power of two from 64 on`);
    }
    this.#size = size;
    this.#bits = new Int32Array(size >> 5);
  }

  /** The highest index that came; -1 before the first. */
  get highest(): number {
    return this.#highest;
  }

  /** It has not come yet, and is not too old to tell. */
  isNew(index: number): boolean {
    if (index > this.#highest) return true;
    if (index < 0 || index <= this.#highest - this.#size) return false;
    const slot = index & (this.#size - 1);
    return ((this.#bits[slot >> 5] as number) & (1 << (slot & 31))) === 0;
  }

  /** Remembers an index that `isNew`, of a packet that was verified. */
  add(index: number): void {
    if (index > this.#highest) this.#advance(index);
    const slot = index & (this.#size - 1);
    this.#bits[slot >> 5] = (this.#bits[slot >> 5] as number) | (1 << (slot & 31));
  }

  #advance(index: number): void {
    if (index - this.#highest >= this.#size) this.#bits.fill(0);
    else {
      for (let skipped = this.#highest + 1; skipped < index; skipped++) this.#clear(skipped & (this.#size - 1));
      this.#clear(index & (this.#size - 1));
    }
    this.#highest = index;
  }

  #clear(slot: number): void {
    this.#bits[slot >> 5] = (this.#bits[slot >> 5] as number) & ~(1 << (slot & 31));
  }
}
