import { randomBytes } from "node:crypto";
import type { SrtpKeys, SrtpProfile } from "../../../../transport/media/srtp/srtp_keys.ts";
import { srtpTailroom } from "../../../../transport/media/srtp/srtp_keys.ts";
import type { SrtpReceiveStream } from "../../../../transport/media/srtp/srtp_receiver.ts";
import type { SrtpSendStream } from "../../../../transport/media/srtp/srtp_sender.ts";

/** The two profiles, for `it.each`. */
export const profiles = ["SRTP_AES128_CM_HMAC_SHA1_80", "SRTP_AEAD_AES_128_GCM"] as const;

export const testSsrc = 0xfe_dc_ba_98;

/** Random keys. */
export function makeKeys(profile: SrtpProfile): SrtpKeys {
  return {
    profile,
    masterKey: randomBytes(16),
    masterSalt: randomBytes(profile === "SRTP_AEAD_AES_128_GCM" ? 12 : 14),
  };
}

export interface TestPacketOptions {
  readonly ssrc?: number;
  readonly sources?: number;
  /** Words of header extension; none without it. */
  readonly extensionWords?: number;
}

/** A plain RTP packet with a random payload. */
export function makePacket(
  sequenceNumber: number,
  payloadLength: number,
  { ssrc = testSsrc, sources = 0, extensionWords }: TestPacketOptions = {},
): { readonly packet: Buffer; readonly headerLength: number } {
  const hasExtension = extensionWords !== undefined;
  const headerLength = 12 + 4 * sources + (hasExtension ? 4 + 4 * extensionWords : 0);
  const packet = Buffer.concat([Buffer.alloc(12), randomBytes(headerLength - 12 + payloadLength)]);
  packet[0] = 0x80 | (hasExtension ? 0x10 : 0) | sources;
  packet[1] = 96;
  packet.writeUInt16BE(sequenceNumber & 0xff_ff, 2);
  packet.writeUInt32BE((sequenceNumber * 3_000) % 2 ** 32, 4);
  packet.writeUInt32BE(ssrc, 8);
  if (hasExtension) packet.writeUInt32BE(0xbe_de_00_00 + extensionWords, 12 + 4 * sources);
  // Each word an element of three bytes, with the identifier 1 (RFC 8285, 4.2).
  for (let word = 0; word < (extensionWords ?? 0); word++) packet[16 + 4 * (sources + word)] = 0x12;
  return { packet, headerLength };
}

/** The protected packet, in a buffer of its own; checks that nothing around it was written. */
export function protect(stream: SrtpSendStream, packet: Buffer, headerLength: number, index: number): Buffer {
  const margin = 32;
  const start = margin;
  const buffer = Buffer.alloc(start + packet.length + srtpTailroom + margin, 0xaa);
  packet.copy(buffer, start);
  const end = stream.protect(buffer, start, headerLength, start + packet.length, index);
  const around = Buffer.concat([buffer.subarray(0, margin), buffer.subarray(buffer.length - margin)]);
  if (!around.equals(Buffer.alloc(2 * margin, 0xaa))) throw new Error("The packet's surroundings were written to");
  return buffer.subarray(start, end);
}

const untouched = Buffer.alloc(2_048, 0xbb);

/** The plain packet, or undefined for one that is refused; checks that nothing but the packet was written. */
export function unprotect(stream: SrtpReceiveStream, datagram: Buffer, headerLength = 12): Buffer | undefined {
  const out = Buffer.from(untouched);
  const index = datagram.length < 4 ? 0 : stream.estimateIndex(datagram.readUInt16BE(2));
  const length = stream.unprotect(datagram, headerLength, index, out);
  const written = Math.max(length, 0);
  if (!out.subarray(written).equals(untouched.subarray(written))) throw new Error("More was written than the packet");
  return length === -1 ? undefined : out.subarray(0, length);
}
