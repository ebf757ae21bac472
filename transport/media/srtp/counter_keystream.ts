import { type Cipher, createCipheriv } from "node:crypto";
import { releaseMemory } from "../release_memory.ts";
import { packetMemory, scratchBytes, slotBytes } from "./packet_memory.ts";

// Shared by all: what is written here is used up in the same call. Words are those of a little-endian machine, as are all
// that uWebSockets.js has binaries for.
const input = Buffer.alloc(Math.max(slotBytes, scratchBytes));
const inputWords = new Int32Array(input.buffer, input.byteOffset, input.length >> 2);
const first = Buffer.alloc(16);
const firstWords = new Int32Array(first.buffer, first.byteOffset, 4);

/**
 * The keystream of one key with AES in counter mode (RFC 3711, 4.1.1). The counter blocks of many packets are encrypted by
 * one call, since a call costs more than the encryption of a packet.
 */
export class CounterKeystream {
  readonly #cipher: Cipher;
  readonly #salt: Buffer;

  constructor(key: Buffer, salt: Buffer) {
    // One object for all packets: to make one costs as much as to encrypt a packet.
    this.#cipher = createCipheriv("aes-128-ecb", key, null);
    this.#cipher.setAutoPadding(false);
    this.#salt = salt;
  }

  /**
   * Writes the keystream of consecutive packets, one behind the other.
   *
   * @param index of the first; the packets may not go past the end of its 65,536
   * @param blocks of 16 bytes for each packet
   * @param address in the packet memory
   */
  write(ssrc: number, index: number, packets: number, blocks: number, address: number): void {
    this.#writeFirstPacket(ssrc, index, blocks);
    copyPacket(index, packets, blocks);
    const keystream = this.#cipher.update(input.subarray(0, 16 * blocks * packets));
    packetMemory.set(keystream, address);
    releaseMemory(keystream);
  }

  #writeFirstPacket(ssrc: number, index: number, blocks: number): void {
    first.fill(0);
    first.writeUInt32BE(ssrc, 4);
    first.writeUIntBE(index, 8, 6);
    for (let i = 0; i < this.#salt.length; i++) first[i] = (first[i] as number) ^ (this.#salt[i] as number);
    const a = firstWords[0] as number;
    const b = firstWords[1] as number;
    const c = firstWords[2] as number;
    const d = firstWords[3] as number;
    for (let block = 0; block < blocks; block++) {
      const word = 4 * block;
      inputWords[word] = a;
      inputWords[word + 1] = b;
      inputWords[word + 2] = c;
      inputWords[word + 3] = d | (swap16(block) << 16);
    }
  }
}

/** The packets after the first differ from it in their sequence numbers alone. */
function copyPacket(index: number, packets: number, blocks: number): void {
  const words = 4 * blocks;
  for (let done = 1; done < packets; done *= 2) {
    inputWords.copyWithin(done * words, 0, Math.min(done, packets - done) * words);
  }
  const sequenceNumber = index & 0xff_ff;
  for (let packet = 1; packet < packets; packet++) {
    const change = swap16(sequenceNumber ^ (sequenceNumber + packet));
    const end = (packet + 1) * words;
    for (let word = packet * words + 3; word < end; word += 4) inputWords[word] = (inputWords[word] as number) ^ change;
  }
}

function swap16(value: number): number {
  return ((value & 0xff) << 8) | (value >> 8);
}
