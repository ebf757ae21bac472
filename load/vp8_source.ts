import { markBytes } from "./packet_mark.ts";

// Two frames of libvpx, 320 x 180 in one color, made to be error resilient, so that the second may follow itself any number of times.
// What stands behind a frame's data a decoder does not look at: there is room for bytes up to the bit rate, and for the marks.
const keyframe = Buffer.from(
  "d00f009d012a4001b400390d00041c240c2c2c44cc24402c0013ad501033332b43a432565c921797a5dd2192b2e490bcbd2ee90c95972485e5e9774864acb9" +
    "242f2f4bba432565c921797a5dd2192b2e490bcbd2ee90c95972485e5e9774864acb9242f2f4bba432565c921797a5dd2192b2e490bcbd2ee90c95972485e5" +
    "e9774864acb9242f2e60fee1c37ea2220a4961ffcc13f5fbe7cf5c80",
  "hex",
);
const delta = Buffer.from(
  "510a00e471883bf7af104f4fb10a2fe2c6601fe74f23c6ee51c002315555aaaad5556aaab5555aaaad5556aaab5555aaaad5556aaab5555aaaad5556aaab55" +
    "55aaaad5556aaab5555aaaad540fe076bb30c260760",
  "hex",
);

/** Bytes of a packet's payload at most: with all headers and SRTP below what any path carries. Ours. */
const maxPayloadBytes = 1_100;
/** Payload descriptor with a picture id of 15 bits (RFC 7741, 4.2). */
const descriptorBytes = 4;

/** How a video is sent. */
export interface Vp8SourceOptions {
  /** Bits in a second, from the payloads. */
  readonly bitrate: number;
  readonly framesPerSecond: number;
  readonly keyframeIntervalMs: number;
}

/** Makes the payloads of a VP8 stream that any decoder shows, at a bit rate. */
export class Vp8Source {
  readonly #options: Vp8SourceOptions;
  #pictureId = 0;
  #isKeyframeWanted = true;
  #keyframeAtMs = 0;
  /** Keyframes that were sent. */
  keyframes = 0;

  constructor(options: Vp8SourceOptions) {
    this.#options = options;
  }

  /** Makes the next frame one that a decoder can start from. */
  requestKeyframe(): void {
    this.#isKeyframeWanted = true;
  }

  /** The payloads of the frame that is due at `atMs`; each ends in bytes for a mark. */
  nextFrame(atMs: number): Buffer[] {
    const { bitrate, framesPerSecond, keyframeIntervalMs } = this.#options;
    const isKeyframe = this.#isKeyframeWanted || atMs - this.#keyframeAtMs >= keyframeIntervalMs;
    if (isKeyframe) {
      this.#isKeyframeWanted = false;
      this.#keyframeAtMs = atMs;
      this.keyframes += 1;
    }
    const frame = isKeyframe ? keyframe : delta;
    const wanted = Math.round(bitrate / 8 / framesPerSecond);
    const count = Math.max(1, Math.ceil(wanted / maxPayloadBytes));
    const bytes = Math.ceil(wanted / count);
    const payloads: Buffer[] = [];
    for (let index = 0; index < count; index += 1) {
      const data = index === 0 ? frame.length : 0;
      const payload = Buffer.alloc(Math.max(bytes, descriptorBytes + data + markBytes));
      payload[0] = 0x80 | (index === 0 ? 0x10 : 0); // X; S where partition 0 begins
      payload[1] = 0x80; // I
      payload.writeUInt16BE(0x8000 | this.#pictureId, 2); // M
      if (index === 0) frame.copy(payload, descriptorBytes);
      payloads.push(payload);
    }
    this.#pictureId = (this.#pictureId + 1) & 0x7fff;
    return payloads;
  }
}
