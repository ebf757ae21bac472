import { vp8 } from "../forwarding/sent_stream_rig.ts";
import { writeRtp } from "./published_stream.ts";

export interface Vp8FrameOptions {
  readonly packets?: number;
  readonly isKeyframe?: boolean;
  readonly temporalLayer?: number;
  readonly payloadBytes?: number;
}

/** Makes the RTP packets of one layer of VP8, of 30 frames a second: descriptors and the beginnings of frames are as an encoder's. */
export class Vp8Encoder {
  sequenceNumber: number;
  timestamp: number;
  #pictureId: number;
  #tl0PictureIndex = 0;
  readonly #name: string;

  constructor(name = "", first = { sequenceNumber: 1_000, timestamp: 90_000, pictureId: 5 }) {
    this.#name = name;
    this.sequenceNumber = first.sequenceNumber;
    this.timestamp = first.timestamp;
    this.#pictureId = first.pictureId;
  }

  frame({ packets = 2, isKeyframe = false, temporalLayer = 0, payloadBytes = 60 }: Vp8FrameOptions = {}): Buffer[] {
    this.timestamp = (this.timestamp + 3_000) >>> 0;
    this.#pictureId = (this.#pictureId + 1) & 0x7fff;
    if (temporalLayer === 0) this.#tl0PictureIndex = (this.#tl0PictureIndex + 1) & 0xff;
    return Array.from({ length: packets }, (_, position) => {
      const isFirst = position === 0;
      const payload = Buffer.alloc(payloadBytes, 0x2e);
      // RFC 7741, 4.2: X and S; I, L and T; the picture id, TL0PICIDX, TID and Y.
      payload.set([0x80 | (isFirst ? 0x10 : 0), 0xe0, 0x80 | (this.#pictureId >> 8), this.#pictureId & 0xff]);
      payload.set([this.#tl0PictureIndex, (temporalLayer << 6) | 0x20], 4);
      // RFC 6386, 9.1: P, the start code, 640 x 360.
      if (isFirst) payload.set(isKeyframe ? [0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01] : [0x11, 0, 0], 6);
      payload.write(`${this.#name}${this.sequenceNumber}`, 20);
      const packet = writeRtp({
        payloadType: vp8.payloadType,
        sequenceNumber: this.sequenceNumber,
        timestamp: this.timestamp,
        marker: position === packets - 1,
        payload,
      });
      this.sequenceNumber = (this.sequenceNumber + 1) & 0xffff;
      return packet;
    });
  }
}
