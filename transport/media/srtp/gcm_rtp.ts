import { gcmTagLength, openGcm, sealGcm } from "./gcm_packet.ts";
import type { RtpCipher } from "./packet_cipher.ts";
import type { SessionKeys } from "./session_keys.ts";

/** The RTP packets of one SSRC with SRTP_AEAD_AES_128_GCM (RFC 7714, 8). */
export class GcmRtp implements RtpCipher {
  readonly tagLength = gcmTagLength;
  readonly #keys: SessionKeys;
  readonly #ssrc: number;

  constructor(keys: SessionKeys, ssrc: number) {
    this.#keys = keys;
    this.#ssrc = ssrc;
  }

  protect(buffer: Buffer, start: number, headerLength: number, end: number, index: number): number {
    const payloadStart = start + headerLength;
    const header = buffer.subarray(start, payloadStart);
    const payload = buffer.subarray(payloadStart, end);
    sealGcm(this.#keys, this.#ssrc, index, header, payload, buffer, payloadStart);
    return end + gcmTagLength;
  }

  open(packet: Buffer, headerLength: number, index: number, out: Buffer): boolean {
    const header = packet.subarray(0, headerLength);
    const plain = openGcm(this.#keys, this.#ssrc, index, header, packet.subarray(headerLength));
    if (plain === undefined) return false;
    out.set(header);
    out.set(plain, headerLength);
    return true;
  }
}
