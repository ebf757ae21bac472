import type { CounterKeystream } from "./counter_keystream.ts";
import { type HmacKey, isTag, swapBytes } from "./hmac_key.ts";
import { KeystreamAhead } from "./keystream_ahead.ts";
import type { LaneCipher, RtpCipher } from "./packet_cipher.ts";
import { crypt, laneAddress, maxPacketBytes, packetMemory } from "./packet_memory.ts";

/** Of SRTP_AES128_CM_HMAC_SHA1_80 (RFC 5764, 4.1.2). */
export const counterModeTagLength = 10;

/** The RTP packets of one SSRC with SRTP_AES128_CM_HMAC_SHA1_80 (RFC 3711, 4.1.1 and 4.2.1). */
export class CounterModeRtp implements RtpCipher, LaneCipher {
  readonly tagLength = counterModeTagLength;
  readonly lanes = this;
  readonly #keystream: KeystreamAhead;
  readonly #hmac: HmacKey;

  constructor(keystream: CounterKeystream, hmac: HmacKey, ssrc: number) {
    this.#keystream = new KeystreamAhead(keystream, ssrc);
    this.#hmac = hmac;
  }

  protect(buffer: Buffer, start: number, headerLength: number, end: number, index: number): number {
    this.#encrypt(0, buffer, start, headerLength, end, index);
    this.signLane(0, end - start, index);
    return finishLane(0, buffer, start, headerLength, end);
  }

  /**
   * The first half of `protect`, for packets whose tags are computed together: encrypts into a lane and prepares it for
   * `signLanes`. The second half is `finishLane`.
   *
   * @returns the blocks of its message
   */
  prepareLane(lane: number, buffer: Buffer, start: number, headerLength: number, end: number, index: number): number {
    const address = this.#encrypt(lane, buffer, start, headerLength, end, index);
    return this.#hmac.prepare(lane, address, end - start, rolloverWord(index));
  }

  /** Signs the packet in a lane alone, whether it was prepared or not. */
  signLane(lane: number, length: number, index: number): void {
    this.#hmac.sign(laneAddress(lane), length, rolloverWord(index));
  }

  open(packet: Buffer, headerLength: number, index: number, out: Buffer): boolean {
    packetMemory.set(packet, laneAddress(0));
    this.signLane(0, packet.length - counterModeTagLength, index);
    return this.finishOpening(0, packet, headerLength, index, out);
  }

  prepareToOpen(lane: number, packet: Buffer, index: number): number {
    const address = laneAddress(lane);
    packetMemory.set(packet, address);
    return this.#hmac.prepare(lane, address, packet.length - counterModeTagLength, rolloverWord(index));
  }

  finishOpening(lane: number, packet: Buffer, headerLength: number, index: number, out: Buffer): boolean {
    const length = packet.length - counterModeTagLength;
    const address = laneAddress(lane);
    if (!isTag(address + length, packet, length, counterModeTagLength)) return false;
    this.#crypt(address + headerLength, length - headerLength, index);
    packetMemory.copy(out, 0, address, address + length);
    return true;
  }

  #encrypt(lane: number, buffer: Buffer, start: number, headerLength: number, end: number, index: number): number {
    if (end - start > maxPacketBytes - counterModeTagLength)
      throw new RangeError(`Cannot protect ${end - start} bytes: no datagram holds them`);
    const address = laneAddress(lane);
    buffer.copy(packetMemory, address, start, end);
    this.#crypt(address + headerLength, end - start - headerLength, index);
    return address;
  }

  #crypt(address: number, length: number, index: number): void {
    if (length > 0) crypt(address, this.#keystream.take(index, (length + 15) >> 4), length);
  }
}

/** Copies a packet that was signed in a lane back to where it came from, with its tag. @returns its end */
export function finishLane(lane: number, buffer: Buffer, start: number, headerLength: number, end: number): number {
  const address = laneAddress(lane);
  const length = end - start + counterModeTagLength;
  packetMemory.copy(buffer, start + headerLength, address + headerLength, address + length);
  return start + length;
}

/** What is signed behind a packet: its rollover counter (RFC 3711, 4.2). */
function rolloverWord(index: number): number {
  return swapBytes(Math.floor(index / 0x1_00_00) | 0);
}
