import type { RtpPacket } from "../rtp/rtp_packet.ts";
import { clearPayloadFields } from "./clear_payload_fields.ts";
import { FrameTracker } from "./frame_tracker.ts";
import { readPictureId } from "./read_picture_id.ts";

// The payload descriptor (RFC 9628, 4.2): its first byte,
const pictureIdBit = 0x80;
const predictedBit = 0x40;
const layersBit = 0x20;
const flexibleBit = 0x10;
const startBit = 0x08;
// and the layer indices.
const switchingUpBit = 0x10;

/** A bit for each temporal layer; there are up to 8. */
const allLayers = 0xff;

/**
 * Reads the payload descriptors of a VP9 stream (RFC 9628). One that ends too soon says nothing.
 *
 * The bit for switching up stands in the picture after which it is possible: higher layers then refer to no picture of theirs
 * from before. So the layer sync of a picture follows from those before it, and none is told across a loss.
 */
export class Vp9Inspector {
  readonly #tracker = new FrameTracker();
  /** The temporal layers of which no picture came since one that allows to switch up to them. */
  #freshLayers = 0;
  #pictureTimestamp = -1;
  #isPictureSync = false;
  #canSwitchUp = false;

  /** Fills the payload fields of the stream's next packet. */
  inspect(packet: RtpPacket): void {
    clearPayloadFields(packet);
    this.#tracker.observe(packet);
    if (!this.#tracker.followsLast && !this.#tracker.isLate) this.#freshLayers = 0;
    if (packet.payloadLength === 0) return;
    if (!this.#readDescriptor(packet)) {
      clearPayloadFields(packet);
      return;
    }
    if (this.#tracker.isNewTimestamp) this.#startPicture(packet);
    packet.isLayerSync = this.#isPictureSync && packet.timestamp === this.#pictureTimestamp;
  }

  #readDescriptor(packet: RtpPacket): boolean {
    const { bytes, payloadOffset } = packet;
    const end = payloadOffset + packet.payloadLength;
    const flags = bytes[payloadOffset] as number;
    let at = payloadOffset + 1;
    if ((flags & pictureIdBit) !== 0) at = readPictureId(packet, at, end);
    this.#canSwitchUp = false;
    if ((flags & layersBit) !== 0) at = this.#readLayers(packet, at, end);
    if (at > end) return false;
    packet.isFrameStart = (flags & startBit) !== 0;
    packet.isKeyframeStart = packet.isFrameStart && (flags & predictedBit) === 0 && packet.spatialLayer === 0;
    return true;
  }

  #readLayers(packet: RtpPacket, at: number, end: number): number {
    if (at >= end) return end + 1;
    const { bytes, payloadOffset } = packet;
    const layers = bytes[at] as number;
    packet.temporalLayer = layers >> 5;
    packet.spatialLayer = (layers >> 1) & 0x07;
    this.#canSwitchUp = (layers & switchingUpBit) !== 0;
    if (((bytes[payloadOffset] as number) & flexibleBit) !== 0) return at + 1;
    if (at + 1 >= end) return end + 1;
    packet.tl0PictureIndex = bytes[at + 1] as number;
    packet.tl0PictureIndexOffset = at + 1;
    return at + 2;
  }

  #startPicture(packet: RtpPacket): void {
    const layerBit = 1 << packet.temporalLayer;
    this.#pictureTimestamp = packet.timestamp;
    this.#isPictureSync = packet.isFrameStart && packet.temporalLayer > 0 && (this.#freshLayers & layerBit) !== 0;
    this.#freshLayers &= ~layerBit;
    if (!packet.isFrameStart || !(this.#canSwitchUp || packet.isKeyframeStart)) return;
    this.#freshLayers |= allLayers & ~(layerBit | (layerBit - 1));
  }
}
