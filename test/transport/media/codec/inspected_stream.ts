import { findInspector, type PayloadInspector } from "../../../../transport/media/codec/payload_inspector.ts";
import type { RtpPacket } from "../../../../transport/media/rtp/rtp_packet.ts";
import { makePacket } from "./read_fixture.ts";

/** What a packet of a made-up stream has besides its payload; the sequence number is the next one by default. */
export interface MadePacket {
  readonly payload: string;
  readonly descriptor?: string;
  readonly sequenceNumber?: number;
  readonly timestamp?: number;
}

/** A stream that a test makes up: each packet goes through one inspector. */
export class InspectedStream {
  readonly #inspect: PayloadInspector;
  #sequenceNumber = 100;
  #timestamp = 0;

  constructor(mimeType: string) {
    this.#inspect = findInspector(mimeType);
  }

  /** The next packet, of a frame of its own unless `timestamp` says otherwise. */
  take(made: MadePacket | string): RtpPacket {
    const { payload, descriptor, sequenceNumber, timestamp } = typeof made === "string" ? { payload: made } : made;
    const packet = makePacket(payload, descriptor);
    packet.sequenceNumber = sequenceNumber ?? this.#sequenceNumber + 1;
    packet.timestamp = timestamp ?? this.#timestamp + 3_000;
    this.#sequenceNumber = Math.max(this.#sequenceNumber, packet.sequenceNumber);
    this.#timestamp = packet.timestamp;
    this.#inspect(packet);
    return packet;
  }
}

/** The payload fields, by name. */
export function payloadFields(packet: RtpPacket) {
  const { isKeyframeStart, isFrameStart, temporalLayer, spatialLayer, isLayerSync } = packet;
  const { pictureId, pictureIdOffset, pictureIdBits, tl0PictureIndex, tl0PictureIndexOffset } = packet;
  return {
    isKeyframeStart,
    isFrameStart,
    temporalLayer,
    spatialLayer,
    isLayerSync,
    pictureId,
    pictureIdOffset,
    pictureIdBits,
    tl0PictureIndex,
    tl0PictureIndexOffset,
  };
}

/** What a payload that says nothing leaves. */
export const noFields = payloadFields(makePacket(""));
