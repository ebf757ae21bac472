import type { RtpPacket } from "../rtp/rtp_packet.ts";
import { srtpTailroom } from "../srtp/srtp_keys.ts";
import type { HeaderTemplate } from "./header_template.ts";
import type { OutgoingPacket } from "./rtp_outlet.ts";

/** What a packet has of its own in a sent stream; used again for each packet. Absent numbers are -1. */
export class PacketRewrite {
  /** The packet index. */
  index = 0;
  /** 32 bits, with or without a sign. */
  timestamp = 0;
  payloadType = 0;
  hasMid = false;
  /** Cut to the bits that the payload has for it. */
  pictureId = -1;
  tl0PictureIndex = -1;
  /** OSN: the number of the packet that is sent again (RFC 4588, 4). */
  originalSequenceNumber = -1;
}

/** Writes a stored packet with a new header, and its payload, into one to be sent. False for one that does not fit. */
export function writePacket(
  out: OutgoingPacket,
  packet: RtpPacket,
  rewrite: PacketRewrite,
  template: HeaderTemplate,
): boolean {
  const { buffer, start } = out;
  const { bytes, payloadOffset } = packet;
  const isAgain = rewrite.originalSequenceNumber >= 0;
  const payloadStart = start + template.measure(packet, rewrite.hasMid) + (isAgain ? 2 : 0);
  const end = payloadStart + packet.payloadLength;
  if (end + srtpTailroom > buffer.length) return false;
  // The whole slot, with what does not count: half as dear as to make a view of the payload. The header comes over it.
  const slotStart = payloadStart - payloadOffset;
  if (slotStart >= 0 && slotStart + bytes.length <= buffer.length) buffer.set(bytes, slotStart);
  else buffer.set(bytes.subarray(payloadOffset, payloadOffset + packet.payloadLength), payloadStart);
  template.write(out, packet, rewrite.hasMid);
  writeNumbers(out, rewrite, packet.marker);
  if (isAgain) {
    buffer[payloadStart - 2] = rewrite.originalSequenceNumber >> 8;
    buffer[payloadStart - 1] = rewrite.originalSequenceNumber;
  }
  if (rewrite.pictureId >= 0) {
    const at = payloadStart + packet.pictureIdOffset - payloadOffset;
    if (packet.pictureIdBits === 15) {
      buffer[at] = 0x80 | (rewrite.pictureId >> 8);
      buffer[at + 1] = rewrite.pictureId;
    } else buffer[at] = rewrite.pictureId & 0x7f;
  }
  if (rewrite.tl0PictureIndex >= 0) {
    buffer[payloadStart + packet.tl0PictureIndexOffset - payloadOffset] = rewrite.tl0PictureIndex;
  }
  out.end = end;
  return true;
}

/**
 * Writes a packet of nothing but padding (RFC 3550, 5.1).
 *
 * @param packet for its header
 * @param paddingLength 1 to 255
 */
export function writePadding(
  out: OutgoingPacket,
  packet: RtpPacket,
  rewrite: PacketRewrite,
  { template, paddingLength }: { template: HeaderTemplate; paddingLength: number },
): void {
  template.write(out, packet, rewrite.hasMid);
  writeNumbers(out, rewrite, false);
  const { buffer, start } = out;
  buffer[start] = (buffer[start] as number) | 0x20;
  const end = start + out.headerLength + paddingLength;
  buffer.fill(0, start + out.headerLength, end - 1);
  buffer[end - 1] = paddingLength;
  out.end = end;
}

function writeNumbers(out: OutgoingPacket, rewrite: PacketRewrite, marker: boolean): void {
  const { buffer, start } = out;
  const { index, timestamp } = rewrite;
  buffer[start + 1] = marker ? 0x80 | rewrite.payloadType : rewrite.payloadType;
  buffer[start + 2] = index >> 8;
  buffer[start + 3] = index;
  buffer[start + 4] = timestamp >> 24;
  buffer[start + 5] = timestamp >> 16;
  buffer[start + 6] = timestamp >> 8;
  buffer[start + 7] = timestamp;
  out.index = index;
}
