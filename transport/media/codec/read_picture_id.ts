import type { RtpPacket } from "../rtp/rtp_packet.ts";

/** The picture id has 15 bits instead of 7. */
const longBit = 0x80;

/**
 * Reads the picture id at an offset of the packet, the same in VP8 and VP9 (RFC 7741, 4.2; RFC 9628, 4.2). Returns the offset
 * behind it, or one past `end` when the picture id does not fit.
 */
export function readPictureId(packet: RtpPacket, at: number, end: number): number {
  if (at >= end) return end + 1;
  const high = packet.bytes[at] as number;
  const isLong = (high & longBit) !== 0;
  if (isLong && at + 1 >= end) return end + 1;
  packet.pictureIdOffset = at;
  packet.pictureIdBits = isLong ? 15 : 7;
  packet.pictureId = isLong ? ((high & ~longBit) << 8) | (packet.bytes[at + 1] as number) : high;
  return isLong ? at + 2 : at + 1;
}
