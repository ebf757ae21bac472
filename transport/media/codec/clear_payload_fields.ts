import type { RtpPacket } from "../rtp/rtp_packet.ts";

/** Forgets what an inspector said of the packet that was in this slot before. */
export function clearPayloadFields(packet: RtpPacket): void {
  packet.isKeyframeStart = false;
  packet.isFrameStart = false;
  packet.temporalLayer = 0;
  packet.spatialLayer = 0;
  packet.isLayerSync = false;
  packet.pictureId = -1;
  packet.pictureIdOffset = -1;
  packet.pictureIdBits = 0;
  packet.tl0PictureIndex = -1;
  packet.tl0PictureIndexOffset = -1;
}
