import type { CounterKeystream } from "./counter_keystream.ts";
import { keystreamSlots } from "./keystream_slots.ts";
import { scratchAddress, slotAddress, slotBytes } from "./packet_memory.ts";

/** Packets whose keystream is made together, at most: more gain nothing. Ours. */
const maxAhead = 64;

/**
 * The keystream of one SSRC, made for several packets at once: a stream's indexes follow one another. The more packets
 * came in order, the more are made ahead; a late, skipped or longer packet costs a call of its own.
 */
export class KeystreamAhead {
  readonly #keystream: CounterKeystream;
  readonly #ssrc: number;
  #slot = -1;
  #fill = 0;
  /** What is in the slot: so many packets from this index on, with so many blocks each. */
  #from = 0;
  #count = 0;
  #blocks = 0;
  /** Packets that were made ahead the last time. */
  #ahead = 1;
  /** Blocks of the longest packet since then. */
  #longest = 0;

  constructor(keystream: CounterKeystream, ssrc: number) {
    this.#keystream = keystream;
    this.#ssrc = ssrc;
  }

  /** @returns the address of the keystream of a packet, valid until the next call for any stream */
  take(index: number, blocks: number): number {
    if (blocks > this.#longest) this.#longest = blocks;
    const offset = index - this.#from;
    const isReady = offset >= 0 && offset < this.#count && blocks <= this.#blocks;
    if (isReady && keystreamSlots.holds(this.#slot, this.#fill)) {
      return slotAddress(this.#slot) + 16 * this.#blocks * offset;
    }
    const isLate = offset < 0 && this.#count > 0;
    const isLonger = offset < this.#count && blocks > this.#blocks;
    if (isLate || isLonger || 16 * blocks > slotBytes) return this.#takeOne(index, blocks);
    return this.#takeFirst(index);
  }

  /** The keystream of one packet, of which nothing is remembered. */
  #takeOne(index: number, blocks: number): number {
    this.#keystream.write(this.#ssrc, index, 1, blocks, scratchAddress);
    return scratchAddress;
  }

  /** That of the first of some packets. */
  #takeFirst(index: number): number {
    const isNext = this.#count > 0 && index === this.#from + this.#count;
    this.#ahead = isNext ? Math.min(2 * this.#ahead, maxAhead) : Math.max(this.#ahead >> 1, 1);
    this.#blocks = Math.min(this.#longest, slotBytes >> 4);
    this.#longest = 0;
    const room = Math.floor(slotBytes / (16 * this.#blocks));
    this.#from = index;
    // The rollover counter stays the same.
    this.#count = Math.min(this.#ahead, room, 0x1_00_00 - (index & 0xff_ff));
    this.#slot = keystreamSlots.claim(this.#slot, this.#fill);
    this.#fill = keystreamSlots.lastFill;
    const address = slotAddress(this.#slot);
    this.#keystream.write(this.#ssrc, index, this.#count, this.#blocks, address);
    return address;
  }
}
