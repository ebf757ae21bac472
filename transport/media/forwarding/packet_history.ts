import { maxRtpPacketBytes, RtpPacket } from "../rtp/rtp_packet.ts";

/** Slots whose bytes are allocated at once, when the first of them is needed: 24 kB. Ours. */
const slabSlots = 16;
/** Slots to begin with: more than a second of audio. Ours. */
const minCapacity = 64;
/** How far back the ring reaches while it may still grow, in milliseconds: what is later than that is not played any more. Ours. */
const keptMs = 1_000;

/**
 * The last packets of a stream, by packet index, in slots that are used again. It grows by doubling up to its capacity while a
 * packet would be pushed out in less than a second, so that a quiet stream costs little.
 */
export class PacketHistory {
  readonly #capacity: number;
  #slots: (RtpPacket | undefined)[];
  #mask: number;
  #slab: Buffer | undefined;
  #slabOffset = 0;

  /** @param capacity slots at most, a power of two */
  constructor(capacity: number) {
    if (capacity < 1 || capacity > maxCapacity || (capacity & (capacity - 1)) !== 0) {
      throw new RangeError(`Cannot keep ${capacity} packets: it is no power of two up to ${maxCapacity}`);
    }
    this.#capacity = capacity;
    this.#mask = Math.min(capacity, minCapacity) - 1;
    this.#slots = new Array(this.#mask + 1).fill(undefined);
  }

  /** Slots that there are now, with or without bytes. */
  get size(): number {
    return this.#mask + 1;
  }

  /**
   * The slot for a packet index, to be filled. It still holds what it held, and counts as that, until its `sequenceNumber` is set: so
   * a packet that turns out to be forged does no harm.
   *
   * @param nowMs `performance.now`; without it the ring does not grow
   * @returns undefined for a packet that is there already, or that is older than what took its place
   */
  slotFor(index: number, nowMs = Number.POSITIVE_INFINITY): RtpPacket | undefined {
    if (index < 0) return undefined;
    const slot = this.#slots[index & this.#mask];
    if (slot === undefined) return this.#allocate(index);
    if (slot.sequenceNumber >= index) return undefined;
    if (this.wouldGrow(index, nowMs)) {
      this.#grow();
      return this.slotFor(index, nowMs);
    }
    return slot;
  }

  /** Whether `slotFor` would make the ring grow: it then forgets slots that it handed out and that were not filled yet. */
  wouldGrow(index: number, nowMs: number): boolean {
    const slot = this.#slots[index & this.#mask];
    if (slot === undefined || this.#mask + 1 >= this.#capacity) return false;
    const isPushedOut = slot.sequenceNumber >= 0 && slot.sequenceNumber < index;
    return isPushedOut && nowMs - slot.receivedAtMs < keptMs;
  }

  /** The packet with an index; undefined when it did not come, or is no longer there. */
  get(index: number): RtpPacket | undefined {
    const slot = this.#slots[index & this.#mask];
    return slot !== undefined && slot.sequenceNumber === index && index >= 0 ? slot : undefined;
  }

  #allocate(index: number): RtpPacket {
    if (this.#slab === undefined || this.#slabOffset === this.#slab.length) {
      // Not of Node's pool: it would keep the pool's page for as long, and could begin at any byte.
      this.#slab = Buffer.allocUnsafeSlow(Math.min(slabSlots, this.#capacity) * maxRtpPacketBytes);
      this.#slabOffset = 0;
    }
    const bytes = this.#slab.subarray(this.#slabOffset, this.#slabOffset + maxRtpPacketBytes);
    this.#slabOffset += maxRtpPacketBytes;
    const slot = new RtpPacket(bytes);
    this.#slots[index & this.#mask] = slot;
    return slot;
  }

  #grow(): void {
    const slots = this.#slots;
    const mask = 2 * this.#mask + 1;
    this.#mask = mask;
    this.#slots = new Array(mask + 1).fill(undefined);
    for (const slot of slots) {
      // One that holds nothing is given up: they are few.
      if (slot !== undefined && slot.sequenceNumber >= 0) this.#slots[slot.sequenceNumber & mask] = slot;
    }
  }
}

/** 96 MB: no stream needs as much. Ours. */
const maxCapacity = 65_536;
