/** So many packets are asked for at a time; above it a keyframe is cheaper. Ours, as libwebrtc's. */
export const maxMissingPackets = 1_000;
/** A packet that another overtook has this long to come by itself, in milliseconds. Ours. */
const reorderToleranceMs = 10;
/** Requests for one packet, and how long it is worth having, in milliseconds. Ours, as libwebrtc's. */
const maxTries = 10;
const maxAgeMs = 1_000;
/** Time between two requests for one packet: the round-trip time within these bounds, in milliseconds. Ours. */
const minRepeatMs = 20;
const maxRepeatMs = 500;

interface MissingPacket {
  readonly index: number;
  readonly missedAtMs: number;
  askAtMs: number;
  tries: number;
}

const none: readonly number[] = [];

/** Which packets of a stream did not come, and when to ask for which of them (RFC 4585, 6.2.1). */
export class MissingPackets {
  /** In the order of their indexes. */
  #missing: MissingPacket[] = [];
  /** Of the path to the sender, in milliseconds; 100 until somebody knows it. */
  roundTripMs = 100;
  /** The one that was given up last; -1 before there is one. */
  lastGivenUp = -1;

  get count(): number {
    return this.#missing.length;
  }

  /**
   * A packet came and those from `first` up to the one before `end` did not, which are newer than all that are missing.
   *
   * @returns false when they are too many: then none is asked for any more
   */
  add(first: number, end: number, nowMs: number): boolean {
    if (this.#missing.length + end - first > maxMissingPackets) {
      this.#missing = [];
      return false;
    }
    const askAtMs = nowMs + reorderToleranceMs;
    for (let index = first; index < end; index += 1) {
      this.#missing.push({ index, missedAtMs: nowMs, askAtMs, tries: 0 });
    }
    return true;
  }

  /** A packet came late, or as a retransmission. */
  remove(index: number): void {
    const missing = this.#missing;
    let low = 0;
    let high = missing.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((missing[middle] as MissingPacket).index < index) low = middle + 1;
      else high = middle;
    }
    if (missing[low]?.index === index) missing.splice(low, 1);
  }

  clear(): void {
    this.#missing = [];
  }

  /** The packets to ask for now, as sequence numbers of 16 bits in their order. Those that were asked for in vain are given up. */
  take(nowMs: number): readonly number[] {
    if (this.#missing.length === 0) return none;
    const repeatMs = Math.max(minRepeatMs, Math.min(this.roundTripMs, maxRepeatMs));
    const due: number[] = [];
    const kept: MissingPacket[] = [];
    for (const packet of this.#missing) {
      if (packet.askAtMs > nowMs) kept.push(packet);
      else if (packet.tries < maxTries && nowMs - packet.missedAtMs < maxAgeMs) {
        packet.tries += 1;
        packet.askAtMs = nowMs + repeatMs;
        due.push(packet.index & 0xffff);
        kept.push(packet);
      } else this.lastGivenUp = packet.index;
    }
    this.#missing = kept;
    return due;
  }
}
