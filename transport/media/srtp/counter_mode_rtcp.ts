import { CounterKeystream } from "./counter_keystream.ts";
import { counterModeTagLength } from "./counter_mode_rtp.ts";
import { HmacKey, isTag, swapBytes } from "./hmac_key.ts";
import { encryptedFlag, type RtcpCipher, rtcpHeaderLength, rtcpIndexLength } from "./packet_cipher.ts";
import { crypt, laneAddress, packetMemory, scratchAddress } from "./packet_memory.ts";
import type { SessionKeys } from "./session_keys.ts";

/** RTCP packets with SRTP_AES128_CM_HMAC_SHA1_80 (RFC 3711, 3.4): first the index, then the tag. */
export class CounterModeRtcp implements RtcpCipher {
  readonly tagLength = counterModeTagLength;
  readonly trailerLength = counterModeTagLength;
  readonly #keystream: CounterKeystream;
  readonly #hmac: HmacKey;

  constructor(keys: SessionKeys) {
    this.#keystream = new CounterKeystream(keys.cipherKey, keys.salt);
    this.#hmac = new HmacKey(keys.authKey);
  }

  seal(packet: Uint8Array, ssrc: number, index: number): Buffer {
    const { length } = packet;
    const address = laneAddress(0);
    const word = swapBytes(index | encryptedFlag);
    packetMemory.set(packet, address);
    this.#crypt(address, length, ssrc, index);
    this.#hmac.sign(address, length, word);
    const sealed = Buffer.allocUnsafe(length + rtcpIndexLength + counterModeTagLength);
    packetMemory.copy(sealed, 0, address, address + length);
    sealed.writeInt32LE(word, length);
    packetMemory.copy(sealed, length + rtcpIndexLength, address + length, address + length + counterModeTagLength);
    return sealed;
  }

  open(packet: Buffer, ssrc: number, index: number): Buffer | undefined {
    const length = packet.length - rtcpIndexLength - counterModeTagLength;
    const address = laneAddress(0);
    packetMemory.set(packet, address);
    this.#hmac.sign(address, length, swapBytes(index | encryptedFlag));
    if (!isTag(address + length, packet, length + rtcpIndexLength, counterModeTagLength)) return undefined;
    this.#crypt(address, length, ssrc, index);
    return Buffer.from(packetMemory.subarray(address, address + length));
  }

  #crypt(address: number, length: number, ssrc: number, index: number): void {
    const encrypted = length - rtcpHeaderLength;
    if (encrypted <= 0) return;
    this.#keystream.write(ssrc, index, 1, (encrypted + 15) >> 4, scratchAddress);
    crypt(address + rtcpHeaderLength, scratchAddress, encrypted);
  }
}
