/** Bytes of a packet's payload. */
export const payloadBytes = 1_100;
/** Descriptor with a picture id of 15 bits (RFC 7741, 4.2): X and S or not, I, M and the picture id. */
const descriptorBytes = 4;
/** The same with TL0PICIDX and temporal layer. */
const layeredDescriptorBytes = 6;
/** TIDs of a pattern of three temporal layers, as Chromium's encoder sends them. */
const temporalPattern = [0, 2, 1, 2] as const;
/** VP8's clock. */
const clockRate = 90_000;

/** A stream's identity in its packets. */
export interface Vp8StreamOptions {
  readonly ssrc: number;
  readonly payloadType: number;
  /** Packets of a frame, and bytes of each one's payload. */
  readonly packetsPerFrame: number;
  readonly packetBytes?: number;
  /** Three temporal layers, as with simulcast. */
  readonly isLayered?: boolean;
  /** Header extensions of one byte identifiers (RFC 8285, 4.2), the same in each packet. */
  readonly extensions?: readonly { readonly id: number; readonly value: Buffer }[];
  /** The identifier of the transport-wide sequence number; `number` gives the next one. */
  readonly transportSequence?: { readonly id: number; readonly next: () => number };
}

/** Makes the RTP packets of a VP8 stream, with nothing in the pictures: headers, descriptors and keyframes are as an encoder's. */
export class Vp8Stream {
  readonly #options: Vp8StreamOptions;
  readonly #packet: Buffer;
  readonly #payloadOffset: number;
  /** Where the transport-wide sequence number stands, or -1. */
  readonly #transportSequenceOffset: number;
  #sequenceNumber = 1_000;
  #pictureId = 1;
  #tl0PictureIndex = 0;
  #frame = 0;
  #isKeyframeWanted = true;
  /** What was sent, for sender reports. */
  packetCount = 0;
  octetCount = 0;
  timestamp = 0;

  constructor(options: Vp8StreamOptions) {
    this.#options = options;
    const block = writeExtensions(options);
    this.#payloadOffset = 12 + block.bytes.length;
    this.#transportSequenceOffset = block.transportSequenceOffset < 0 ? -1 : 12 + block.transportSequenceOffset;
    this.#packet = Buffer.alloc(this.#payloadOffset + (options.packetBytes ?? payloadBytes), 0x5a);
    this.#packet[0] = 0x80 | (block.bytes.length > 0 ? 0x10 : 0);
    this.#packet.writeUInt32BE(options.ssrc, 8);
    block.bytes.copy(this.#packet, 12);
  }

  get ssrc(): number {
    return this.#options.ssrc;
  }

  /** The next frame is one that a decoder can start from. */
  requestKeyframe(): void {
    this.#isKeyframeWanted = true;
  }

  /** Hands out the packets of one frame; each is overwritten by the next. */
  sendFrame(atMs: number, send: (packet: Buffer) => void): void {
    const { packetsPerFrame, payloadType, transportSequence } = this.#options;
    const packet = this.#packet;
    const isKeyframe = this.#isKeyframeWanted;
    this.#isKeyframeWanted = false;
    if (isKeyframe) this.#frame = 0;
    this.timestamp = Math.round((atMs * clockRate) / 1_000) >>> 0;
    packet.writeUInt32BE(this.timestamp, 4);
    this.#writeDescriptor();
    for (let index = 0; index < packetsPerFrame; index += 1) {
      this.#sequenceNumber = (this.#sequenceNumber + 1) & 0xffff;
      packet[1] = payloadType | (index === packetsPerFrame - 1 ? 0x80 : 0);
      packet.writeUInt16BE(this.#sequenceNumber, 2);
      if (transportSequence !== undefined) {
        packet.writeUInt16BE(transportSequence.next(), this.#transportSequenceOffset);
      }
      this.#writeStart(index === 0, isKeyframe);
      send(packet);
    }
    this.packetCount += packetsPerFrame;
    this.octetCount += packetsPerFrame * (packet.length - this.#payloadOffset);
    this.#pictureId = (this.#pictureId + 1) & 0x7fff;
    this.#frame += 1;
  }

  #writeDescriptor(): void {
    const packet = this.#packet;
    const start = this.#payloadOffset;
    const { isLayered = false } = this.#options;
    packet[start + 1] = isLayered ? 0xe0 : 0x80; // I, L and T
    packet.writeUInt16BE(0x8000 | this.#pictureId, start + 2); // M
    if (!isLayered) return;
    const temporalLayer = temporalPattern[this.#frame % temporalPattern.length] ?? 0;
    if (temporalLayer === 0) this.#tl0PictureIndex = (this.#tl0PictureIndex + 1) & 0xff;
    // A frame of a higher layer refers to the lowest one only: Y.
    const isSync = temporalLayer > 0 && this.#frame % temporalPattern.length < 3;
    packet[start + 4] = this.#tl0PictureIndex;
    packet[start + 5] = (temporalLayer << 6) | (isSync ? 0x20 : 0);
  }

  /** The first byte of the descriptor, and at a frame's start the frame header with P (RFC 7741, 4.3; RFC 6386, 9.1). */
  #writeStart(isFrameStart: boolean, isKeyframe: boolean): void {
    const packet = this.#packet;
    const start = this.#payloadOffset;
    packet[start] = 0x80 | (isFrameStart ? 0x10 : 0); // X, S; not N; partition 0
    const header = start + (this.#options.isLayered === true ? layeredDescriptorBytes : descriptorBytes);
    if (!isFrameStart) {
      packet.fill(0x5a, header, header + 10);
      return;
    }
    packet[header] = isKeyframe ? 0x10 : 0x11; // P, version 0, shown
    if (isKeyframe) keyframeHeader.copy(packet, header + 3);
  }
}

/** The start code, and 1,280 x 720 (RFC 6386, 9.1). */
const keyframeHeader = Buffer.from([0x9d, 0x01, 0x2a, 0x00, 0x05, 0xd0, 0x02]);

function writeExtensions({ extensions = [], transportSequence }: Vp8StreamOptions): {
  bytes: Buffer;
  transportSequenceOffset: number;
} {
  const bytes: number[] = [];
  for (const { id, value } of extensions) bytes.push((id << 4) | (value.length - 1), ...value);
  let transportSequenceOffset = -1;
  if (transportSequence !== undefined) {
    bytes.push((transportSequence.id << 4) | 1);
    transportSequenceOffset = 4 + bytes.length;
    bytes.push(0, 0);
  }
  if (bytes.length === 0) return { bytes: Buffer.alloc(0), transportSequenceOffset };
  while (bytes.length % 4 !== 0) bytes.push(0);
  return { bytes: Buffer.from([0xbe, 0xde, 0, bytes.length / 4, ...bytes]), transportSequenceOffset };
}
