import { hash } from "node:crypto";
import { blockCounts, innerRows, laneCount, outerRows, tagAddresses } from "./hmac_lanes.ts";
import { hmacLanes, keyBlockBytes, laneAddress, packetMemory, packetWords, pad, rowsAddress } from "./packet_memory.ts";
import { compressSha1 } from "./sha1.ts";

/** Up to so many blocks, by the number of messages, vectors cost less than calls of `node:crypto`. Measured. Ours. */
const maxBlocksInLanes = [0, 3, 14, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY] as const;

/** Free for tags that nobody wants: behind the rows. */
const spareTag = rowsAddress + 256;

/** A key of HMAC-SHA1 (RFC 2104), with what is the same for all messages computed once. */
export class HmacKey {
  readonly #innerBlock = Buffer.alloc(keyBlockBytes, 0x36);
  readonly #inner: Int32Array;
  readonly #outer: Int32Array;

  /** @param key at most 64 bytes */
  constructor(key: Buffer) {
    const outerBlock = Buffer.alloc(keyBlockBytes, 0x5c);
    for (const [i, byte] of key.entries()) {
      this.#innerBlock[i] = 0x36 ^ byte;
      outerBlock[i] = 0x5c ^ byte;
    }
    this.#inner = compressSha1(this.#innerBlock);
    this.#outer = compressSha1(outerBlock);
  }

  /**
   * Gets a message ready for {@link signLanes}.
   *
   * @param address of the message in the packet memory
   * @param length without `suffix`, which is 4 bytes at its end
   * @param suffix in the byte order of the message
   * @returns its blocks of 64 bytes
   */
  prepare(lane: number, address: number, length: number, suffix: number): number {
    const blocks = (length + 4 + 1 + 8 + 63) >> 6;
    pad(address + length, suffix, address + (blocks << 6), swapBytes(8 * (keyBlockBytes + length + 4)));
    const row = (rowsAddress >> 2) + lane;
    for (let i = 0; i < 5; i++) {
      packetWords[row + (innerRows >> 2) + 4 * i] = this.#inner[i] as number;
      packetWords[row + (outerRows >> 2) + 4 * i] = this.#outer[i] as number;
    }
    packetWords[row + (blockCounts >> 2)] = blocks;
    packetWords[row + (tagAddresses >> 2)] = address + length;
    return blocks;
  }

  /** Writes the tag of one message over its suffix; the arguments are those of {@link prepare}, with 64 bytes free before `address`. */
  sign(address: number, length: number, suffix: number): void {
    const blocks = this.prepare(0, address, length, suffix);
    // The other lanes write where lane 0 does not.
    for (let lane = 1; lane < laneCount; lane++) packetWords[((rowsAddress + tagAddresses) >> 2) + lane] = spareTag;
    if (isCheaperInLanes(1, blocks)) {
      hmacLanes(address, address, address, address, blocks, rowsAddress);
      return;
    }
    packetMemory.set(this.#innerBlock, address - keyBlockBytes);
    // A string is made faster than a buffer.
    const digest = hash("sha1", packetMemory.subarray(address - keyBlockBytes, address + length + 4), "binary");
    const row = (rowsAddress + innerRows) >> 2;
    for (let i = 0; i < 5; i++) packetWords[row + 4 * i] = readWord(digest, 4 * i);
    hmacLanes(0, 0, 0, 0, 0, rowsAddress);
  }
}

/** Whether `signLanes` is the way for so many messages, the longest of so many blocks. */
export function isCheaperInLanes(count: number, blocks: number): boolean {
  return blocks <= (maxBlocksInLanes[count] as number);
}

/** Writes the tags of the first `count` lanes, each prepared, over the suffixes of their messages; `blocks` of the longest. */
export function signLanes(count: number, blocks: number): void {
  for (let lane = count; lane < laneCount; lane++) packetWords[((rowsAddress + tagAddresses) >> 2) + lane] = spareTag;
  hmacLanes(laneAddress(0), laneAddress(1), laneAddress(2), laneAddress(3), blocks, rowsAddress);
}

/** Whether the tag at an address is that in a packet; takes the same time whatever they are. */
export function isTag(address: number, packet: Buffer, offset: number, length: number): boolean {
  let difference = 0;
  for (let i = 0; i < length; i++) {
    difference |= (packetMemory[address + i] as number) ^ (packet[offset + i] as number);
  }
  return difference === 0;
}

function readWord(text: string, at: number): number {
  return (
    (text.charCodeAt(at) << 24) |
    (text.charCodeAt(at + 1) << 16) |
    (text.charCodeAt(at + 2) << 8) |
    text.charCodeAt(at + 3)
  );
}

/** Turns the byte order of 32 bits round. */
export function swapBytes(word: number): number {
  return (word << 24) | ((word & 0xff_00) << 8) | ((word >>> 8) & 0xff_00) | (word >>> 24);
}
