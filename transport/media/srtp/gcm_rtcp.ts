import { gcmTagLength, openGcm, sealGcm } from "./gcm_packet.ts";
import { encryptedFlag, type RtcpCipher, rtcpHeaderLength, rtcpIndexLength } from "./packet_cipher.ts";
import type { SessionKeys } from "./session_keys.ts";

/** RTCP packets with SRTP_AEAD_AES_128_GCM (RFC 7714, 9): first the tag, then the index. */
export class GcmRtcp implements RtcpCipher {
  readonly tagLength = gcmTagLength;
  readonly trailerLength = 0;
  readonly #keys: SessionKeys;

  constructor(keys: SessionKeys) {
    this.#keys = keys;
  }

  seal(packet: Uint8Array, ssrc: number, index: number): Buffer {
    const sealed = Buffer.alloc(packet.length + gcmTagLength + rtcpIndexLength);
    sealed.set(packet.subarray(0, rtcpHeaderLength));
    sealed.writeUInt32BE(index + encryptedFlag, packet.length + gcmTagLength);
    const plain = packet.subarray(rtcpHeaderLength);
    sealGcm(this.#keys, ssrc, index, associate(sealed), plain, sealed, rtcpHeaderLength);
    return sealed;
  }

  open(packet: Buffer, ssrc: number, index: number): Buffer | undefined {
    const encrypted = packet.subarray(rtcpHeaderLength, packet.length - rtcpIndexLength);
    const plain = openGcm(this.#keys, ssrc, index, associate(packet), encrypted);
    return plain && Buffer.concat([packet.subarray(0, rtcpHeaderLength), plain]);
  }
}

/** What is authenticated only: the readable header, and the word with flag and index (RFC 7714, 9.2). */
function associate(sealed: Buffer): Buffer {
  const indexOffset = sealed.length - rtcpIndexLength;
  return Buffer.concat([sealed.subarray(0, rtcpHeaderLength), sealed.subarray(indexOffset)]);
}
