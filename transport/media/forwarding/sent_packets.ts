import type { PacketRewrite } from "./packet_writer.ts";
import type { OutgoingPacket } from "./rtp_outlet.ts";

/** So many packets can be sent again: over a second of the fastest video, some seconds of audio. Ours. Powers of two. */
export const keptVideoPackets = 1_024;
export const keptAudioPackets = 128;

// An entry is eight numbers, of 32 bytes: half a line of a processor's cache.
const entryLength = 8;
const indexField = 0;
/** Layer, what `flags` holds, and how often it was sent again. */
const stateField = 1;
const sourceField = 2;
const timestampField = 3;
const pictureField = 4;
const sentAtField = 5;
const transportSequenceField = 6;
const sendTimeField = 7;

const midFlag = 0x100;
const layerMask = 0xff;
const triesShift = 16;

/** The last packets of a sent stream: from the number that each was sent with to where it came from, and what was made of it. */
export class SentPackets {
  readonly #entries: Int32Array;
  readonly #capacity: number;

  /** @param capacity a power of two */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#entries = new Int32Array(capacity * entryLength);
    this.clear();
  }

  clear(): void {
    for (let entry = 0; entry < this.#capacity; entry += 1) this.#entries[entry * entryLength + stateField] = -1;
  }

  /** @param from the layer, and the packet's number there */
  add(rewrite: PacketRewrite, layer: number, source: number, nowMs: number): void {
    const entries = this.#entries;
    const at = (rewrite.index & (this.#capacity - 1)) * entryLength;
    entries[at + indexField] = rewrite.index;
    entries[at + stateField] = layer | (rewrite.hasMid ? midFlag : 0);
    entries[at + sourceField] = source;
    entries[at + timestampField] = rewrite.timestamp;
    entries[at + pictureField] = (rewrite.pictureId << 16) | (rewrite.tl0PictureIndex & 0xffff);
    entries[at + sentAtField] = nowMs;
  }

  /** Keeps what the outlet wrote into the header, for a packet that may have to be sent again as it was. */
  keepNumbers(index: number, { buffer, transportSequenceOffset, sendTimeOffset }: OutgoingPacket): void {
    const at = (index & (this.#capacity - 1)) * entryLength;
    if (transportSequenceOffset >= 0) {
      this.#entries[at + transportSequenceField] = buffer.readUInt16BE(transportSequenceOffset);
    }
    if (sendTimeOffset >= 0) this.#entries[at + sendTimeField] = buffer.readUIntBE(sendTimeOffset, 3);
  }

  /** Writes that into the same header again, and leaves the outlet nothing to fill. */
  restoreNumbers(entry: number, out: OutgoingPacket): void {
    const { buffer, transportSequenceOffset, sendTimeOffset } = out;
    if (transportSequenceOffset >= 0) {
      buffer.writeUInt16BE(this.#field(entry, transportSequenceField), transportSequenceOffset);
    }
    if (sendTimeOffset >= 0) buffer.writeUIntBE(this.#field(entry, sendTimeField), sendTimeOffset, 3);
    out.transportSequenceOffset = -1;
    out.sendTimeOffset = -1;
  }

  /** The entry of a packet, for the methods below; -1 for one that is not kept. */
  find(index: number): number {
    const entry = index & (this.#capacity - 1);
    const state = this.#field(entry, stateField);
    return state !== -1 && this.#field(entry, indexField) === (index | 0) ? entry : -1;
  }

  /** Reads what was made of the packet; index, payload type and OSN are the caller's. */
  read(entry: number, rewrite: PacketRewrite): void {
    rewrite.timestamp = this.#field(entry, timestampField);
    const pictures = this.#field(entry, pictureField);
    rewrite.pictureId = pictures >> 16;
    rewrite.tl0PictureIndex = (pictures << 16) >> 16;
    rewrite.hasMid = (this.#field(entry, stateField) & midFlag) !== 0;
  }

  layerOf(entry: number): number {
    return this.#field(entry, stateField) & layerMask;
  }

  sourceOf(entry: number): number {
    return this.#field(entry, sourceField) >>> 0;
  }

  /** How often it was sent again. */
  triesOf(entry: number): number {
    return this.#field(entry, stateField) >> triesShift;
  }

  /** Milliseconds since it was sent, the last time. */
  ageOf(entry: number, nowMs: number): number {
    return ((nowMs | 0) - this.#field(entry, sentAtField)) | 0;
  }

  countTry(entry: number, nowMs: number): void {
    const at = entry * entryLength;
    this.#entries[at + stateField] = this.#field(entry, stateField) + (1 << triesShift);
    this.#entries[at + sentAtField] = nowMs;
  }

  #field(entry: number, field: number): number {
    return this.#entries[entry * entryLength + field] as number;
  }
}
