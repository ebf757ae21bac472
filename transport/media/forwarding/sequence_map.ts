/** So far back a late packet still finds its number: about two seconds of a video of 2.5 Mbit/s. Ours. A power of two. */
export const maxLatePackets = 512;

/**
 * Gives the packets of a source their numbers in what is sent, without a gap of its own: what is left out takes no number, what is
 * missing keeps one until it comes, so that the receiver sees the losses of the path and no others, and its NACK works.
 *
 * Both sides count on past 65,535: they are packet indexes (RFC 3711, 3.3.1).
 */
export class SequenceMap {
  /** The highest that came since the last `begin`. */
  highestSource = -1;
  /** The highest that was given out, or is kept for a packet that is missing. */
  highestSent: number;
  /** The highest that was given out. */
  #highestGiven: number;
  /** The lowest of the source that has its place here. */
  #first = 0;
  /** For each of the last packets of the source the number that it is to have; -1 when it came. */
  readonly #reserved = new Float64Array(maxLatePackets).fill(-1);

  /** @param first the first number to be given out */
  constructor(first: number) {
    this.highestSent = first - 1;
    this.#highestGiven = first - 1;
  }

  /** Numbers above the highest that was given out which are kept for packets that are missing. */
  get pending(): number {
    return this.highestSent - this.#highestGiven;
  }

  /** From this packet of the source on, which gets the next number; what is older has none any more. */
  begin(source: number): void {
    this.highestSent = this.#highestGiven;
    this.#first = source;
    this.highestSource = source - 1;
  }

  /** The number for a packet; -1 for one that came before, or is too old. */
  accept(source: number): number {
    if (source <= this.highestSource) return this.#takeReserved(source);
    if (source !== this.highestSource + 1) this.#reserveUpTo(source);
    this.#reserved[source & (maxLatePackets - 1)] = -1;
    this.highestSource = source;
    this.highestSent += 1;
    this.#highestGiven = this.highestSent;
    return this.highestSent;
  }

  /** Leaves a packet out. Returns -1, or the number that had been kept for it, which is to be filled then. */
  skip(source: number): number {
    if (source <= this.highestSource) return this.#takeReserved(source);
    if (source !== this.highestSource + 1) this.#reserveUpTo(source);
    this.#reserved[source & (maxLatePackets - 1)] = -1;
    this.highestSource = source;
    return -1;
  }

  #takeReserved(source: number): number {
    if (source < this.#first || source <= this.highestSource - maxLatePackets) return -1;
    const slot = source & (maxLatePackets - 1);
    const number = this.#reserved[slot] as number;
    this.#reserved[slot] = -1;
    if (number > this.#highestGiven) this.#highestGiven = number;
    return number;
  }

  #reserveUpTo(source: number): void {
    const offset = this.highestSent - this.highestSource;
    for (let index = Math.max(this.highestSource + 1, source - maxLatePackets); index < source; index += 1) {
      this.#reserved[index & (maxLatePackets - 1)] = index + offset;
    }
    this.highestSent = source - 1 + offset;
  }
}
