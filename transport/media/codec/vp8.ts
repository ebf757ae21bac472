import type { RtpPacket } from "../rtp/rtp_packet.ts";
import { clearPayloadFields } from "./clear_payload_fields.ts";
import { readPictureId } from "./read_picture_id.ts";

// The payload descriptor (RFC 7741, 4.2): its first byte,
const extensionBit = 0x80;
const startBit = 0x10;
const partitionMask = 0x07;
// its second,
const pictureIdBit = 0x80;
const tl0PictureIndexBit = 0x40;
const temporalLayerBit = 0x20;
const keyIndexBit = 0x10;
// and those that follow.
const layerSyncBit = 0x20;

/** The payload header (RFC 7741, 4.3). */
const interframeBit = 0x01;

/** Reads a payload descriptor of VP8 (RFC 7741). One that ends too soon says nothing. */
export function inspectVp8(packet: RtpPacket): void {
  clearPayloadFields(packet);
  if (packet.payloadLength === 0) return;
  const { bytes, payloadOffset } = packet;
  const end = payloadOffset + packet.payloadLength;
  const first = bytes[payloadOffset] as number;
  const header = (first & extensionBit) === 0 ? payloadOffset + 1 : readExtension(packet, payloadOffset + 1, end);
  if (header > end) {
    clearPayloadFields(packet);
    return;
  }
  packet.isFrameStart = (first & (startBit | partitionMask)) === startBit;
  packet.isKeyframeStart = packet.isFrameStart && header < end && ((bytes[header] as number) & interframeBit) === 0;
}

/** Returns where the payload header stands: past `end` when the descriptor does not fit. */
function readExtension(packet: RtpPacket, start: number, end: number): number {
  if (start >= end) return end + 1;
  const { bytes } = packet;
  const flags = bytes[start] as number;
  let at = start + 1;
  if ((flags & pictureIdBit) !== 0) at = readPictureId(packet, at, end);
  if ((flags & tl0PictureIndexBit) !== 0) {
    if (at >= end) return end + 1;
    packet.tl0PictureIndex = bytes[at] as number;
    packet.tl0PictureIndexOffset = at;
    at += 1;
  }
  if ((flags & (temporalLayerBit | keyIndexBit)) !== 0) {
    if (at >= end) return end + 1;
    if ((flags & temporalLayerBit) !== 0) {
      const layer = bytes[at] as number;
      packet.temporalLayer = layer >> 6;
      packet.isLayerSync = packet.temporalLayer > 0 && (layer & layerSyncBit) !== 0;
    }
    at += 1;
  }
  return at;
}
