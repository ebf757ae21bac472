import type {
  MediaLayer,
  MediaSink,
  MediaSource,
  RtpCodec,
  SenderReport,
} from "../../../../transport/media/forwarding/media_source.ts";
import { PacketHistory } from "../../../../transport/media/forwarding/packet_history.ts";
import type { OutgoingPacket, RtpOutlet } from "../../../../transport/media/forwarding/rtp_outlet.ts";
import type { SentParameters } from "../../../../transport/media/forwarding/sent_parameters.ts";
import { SentStream } from "../../../../transport/media/forwarding/sent_stream.ts";
import { maxRtpPacketBytes, RtpPacket } from "../../../../transport/media/rtp/rtp_packet.ts";
import { srtpTailroom } from "../../../../transport/media/srtp/srtp_keys.ts";
import type { SrtpSendStream } from "../../../../transport/media/srtp/srtp_sender.ts";

export const vp8: RtpCodec = { payloadType: 96, mimeType: "video/VP8", clockRate: 90_000, parameters: "" };
export const vp9: RtpCodec = { payloadType: 98, mimeType: "video/VP9", clockRate: 90_000, parameters: "profile-id=0" };
export const opus: RtpCodec = {
  payloadType: 111,
  mimeType: "audio/opus",
  clockRate: 48_000,
  parameters: "minptime=10",
};

/** A stored packet, with a payload that names its number. */
export function makePacket(fields: Partial<RtpPacket> & { payload?: Buffer } = {}): RtpPacket {
  const packet = new RtpPacket(Buffer.alloc(maxRtpPacketBytes));
  fillPacket(packet, fields);
  return packet;
}

function fillPacket(packet: RtpPacket, { payload, ...fields }: Partial<RtpPacket> & { payload?: Buffer }): void {
  const blank = new RtpPacket(packet.bytes);
  Object.assign(packet, blank, { payloadOffset: 20, payloadType: vp8.payloadType, ...fields });
  const content = payload ?? Buffer.from(`packet ${packet.sequenceNumber} at ${packet.timestamp}`);
  packet.bytes.fill(0xee);
  content.copy(packet.bytes, packet.payloadOffset);
  packet.payloadLength = content.length;
  packet.byteLength = packet.payloadOffset + content.length;
}

export interface FakeLayer extends MediaLayer {
  senderReport: SenderReport | undefined;
  bitrate: number;
}

export class FakeSource implements MediaSource {
  readonly kind: "audio" | "video";
  readonly layers: readonly FakeLayer[];
  readonly codecs: RtpCodec[];
  readonly sinks = new Set<MediaSink>();
  /** Layers that keyframes were asked of. */
  requests: number[] = [];

  constructor(kind: "audio" | "video", layers = 1, codecs: RtpCodec[] = kind === "video" ? [vp8] : [opus]) {
    this.kind = kind;
    this.codecs = codecs;
    this.layers = Array.from({ length: layers }, (_, layer) => ({
      rid: layers === 1 ? "" : `${layer}`,
      history: new PacketHistory(2_048),
      senderReport: undefined,
      bitrate: 0,
      temporalBitrates: [0],
    }));
  }

  findCodec(payloadType: number): RtpCodec | undefined {
    return this.codecs.find((codec) => codec.payloadType === payloadType);
  }

  requestKeyframe(layer: number): void {
    this.requests.push(layer);
  }

  addSink(sink: MediaSink): void {
    this.sinks.add(sink);
  }

  removeSink(sink: MediaSink): void {
    this.sinks.delete(sink);
  }

  /** Stores a packet and hands it out, as if it came now. */
  deliver(layer: number, fields: Partial<RtpPacket> & { payload?: Buffer }): void {
    const sequenceNumber = fields.sequenceNumber ?? 0;
    // It keeps what it can.
    const slot = this.layers[layer]?.history.slotFor(sequenceNumber, Number.NEGATIVE_INFINITY);
    if (slot === undefined) return;
    fillPacket(slot, { payloadType: this.codecs[0]?.payloadType ?? 0, ...fields });
    for (const sink of this.sinks) sink.receivePacket(slot, layer);
  }

  pause(): void {
    for (const sink of this.sinks) sink.sourcePaused();
  }
}

/** A packet as it went out. */
export interface Sent {
  readonly bytes: Buffer;
  readonly index: number;
  readonly ssrc: number;
  readonly payloadType: number;
  readonly marker: boolean;
  readonly sequenceNumber: number;
  readonly timestamp: number;
  /** By their identifiers. */
  readonly extensions: ReadonlyMap<number, Buffer>;
  readonly payload: Buffer;
  readonly paddingLength: number;
}

export class FakeOutlet implements RtpOutlet {
  isOpen = true;
  readonly sent: Sent[] = [];
  readonly opened: number[] = [];
  /** Bytes of the buffers that packets are written in. */
  bufferLength = 2_048;
  #transportSequence = 0;
  readonly #ssrcs = new Map<SrtpSendStream, number>();

  openStream(ssrc: number): SrtpSendStream {
    if (!this.isOpen) throw new Error("It is not open");
    if (this.opened.includes(ssrc)) throw new Error(`SSRC ${ssrc} was opened before`);
    this.opened.push(ssrc);
    const stream = { protect: () => 0 };
    this.#ssrcs.set(stream, ssrc);
    return stream;
  }

  takePacket(): OutgoingPacket {
    if (!this.isOpen) throw new Error("It is not open");
    return {
      buffer: Buffer.alloc(this.bufferLength, 0xdd),
      start: 64,
      headerLength: 0,
      end: 0,
      index: 0,
      transportSequenceOffset: -1,
      sendTimeOffset: -1,
    };
  }

  send(packet: OutgoingPacket, stream: SrtpSendStream): void {
    const { buffer, start, end, transportSequenceOffset, sendTimeOffset } = packet;
    if (!this.isOpen) throw new Error("It is not open");
    if (end + srtpTailroom > buffer.length) throw new Error("There is no room for the tag");
    if (packet.headerLength % 4 !== 0) throw new Error("The header's length is no multiple of 4");
    this.#transportSequence += 1;
    if (transportSequenceOffset >= 0) buffer.writeUInt16BE(this.#transportSequence & 0xffff, transportSequenceOffset);
    if (sendTimeOffset >= 0) buffer.writeUIntBE(this.#transportSequence * 7, sendTimeOffset, 3);
    const sent = readPacket(Buffer.from(buffer.subarray(start, end)), packet.index);
    if (sent.ssrc !== this.#ssrcs.get(stream)) throw new Error("It is another SSRC than the stream's");
    if (sent.sequenceNumber !== (packet.index & 0xffff)) throw new Error("The index is another one than the header's");
    if (sent.bytes.length - sent.payload.length - sent.paddingLength !== packet.headerLength) {
      throw new Error("The header has another length than it says");
    }
    this.sent.push(sent);
  }

  sendRtcp(): void {}

  /** What was sent since the last call. */
  take(): Sent[] {
    return this.sent.splice(0);
  }
}

/** Reads a packet as RFC 3550 and RFC 8285 say, strictly. */
export function readPacket(bytes: Buffer, index = 0): Sent {
  const first = bytes.readUInt8(0);
  if (first >> 6 !== 2 || (first & 0x0f) !== 0) throw new Error("It is no RTP of version 2 without CSRCs");
  const extensions = new Map<number, Buffer>();
  let offset = 12;
  if ((first & 0x10) !== 0) {
    const isTwoByte = bytes.readUInt16BE(12) === 0x1000;
    if (!isTwoByte && bytes.readUInt16BE(12) !== 0xbede) throw new Error("It has unknown extensions");
    const end = 16 + 4 * bytes.readUInt16BE(14);
    offset = 16;
    while (offset < end) {
      const head = bytes.readUInt8(offset);
      offset += 1;
      if (head === 0) continue;
      const id = isTwoByte ? head : head >> 4;
      const length = isTwoByte ? bytes.readUInt8(offset) : (head & 0x0f) + 1;
      offset += isTwoByte ? 1 : 0;
      if (offset + length > end || extensions.has(id)) throw new Error("Its extensions are not well formed");
      extensions.set(id, bytes.subarray(offset, offset + length));
      offset += length;
    }
  }
  const paddingLength = (first & 0x20) === 0 ? 0 : bytes.readUInt8(bytes.length - 1);
  return {
    bytes,
    index,
    ssrc: bytes.readUInt32BE(8),
    payloadType: bytes.readUInt8(1) & 0x7f,
    marker: bytes.readUInt8(1) >> 7 === 1,
    sequenceNumber: bytes.readUInt16BE(2),
    timestamp: bytes.readUInt32BE(4),
    extensions,
    payload: bytes.subarray(offset, bytes.length - paddingLength),
    paddingLength,
  };
}

export const videoParameters: SentParameters = {
  mid: "7",
  codecs: [
    { ...vp8, payloadType: 100 },
    { ...vp9, payloadType: 102 },
  ],
  rtxPayloadTypes: new Map([
    [100, 101],
    [102, 103],
  ]),
  extensionIds: { mid: 4, transportSequenceNumber: 3, absSendTime: 2, videoOrientation: 5, dependencyDescriptor: 6 },
};

export const audioParameters: SentParameters = {
  mid: "a",
  codecs: [{ ...opus, payloadType: 109 }],
  rtxPayloadTypes: new Map(),
  extensionIds: { mid: 4, transportSequenceNumber: 3, audioLevel: 1 },
};

export const ssrc = 0x1111_2222;
export const rtxSsrc = 0x3333_4444;
export const firstIndex = 1_000;
export const firstRtxIndex = 5_000;
export const firstTimestamp = 700_000;

export interface Rig {
  readonly source: FakeSource;
  readonly outlet: FakeOutlet;
  readonly stream: SentStream;
  nowMs: number;
}

/** A stream that may send. */
export function openRig(
  source: FakeSource,
  parameters: SentParameters | undefined = source.kind === "video" ? videoParameters : audioParameters,
  first = firstIndex,
): Rig {
  const outlet = new FakeOutlet();
  const rig: Rig = {
    source,
    outlet,
    nowMs: 0,
    stream: new SentStream({
      ssrc,
      rtxSsrc: source.kind === "video" ? rtxSsrc : -1,
      outlet,
      source,
      firstIndex: first,
      firstRtxIndex,
      firstTimestamp,
      now: () => rig.nowMs,
    }),
  };
  rig.stream.configure(parameters);
  return rig;
}

export interface FrameOptions {
  readonly packets?: number;
  readonly isKeyframe?: boolean;
  readonly temporalLayer?: number;
  readonly isLayerSync?: boolean;
  /** Of its packets, those that do not arrive. */
  readonly lost?: readonly number[];
}

/** A layer of VP8 as a client sends it: frames of 30 a second on a clock of its own, picture ids of 15 bits and TL0PICIDX. */
export class Vp8Layer {
  sequenceNumber: number;
  pictureId: number;
  tl0PictureIndex: number;
  readonly #rig: Rig;
  readonly #layer: number;
  readonly #timestampAtZero: number;

  constructor(
    rig: Rig,
    layer: number,
    first: { sequenceNumber?: number; timestamp?: number; pictureId?: number; tl0?: number } = {},
  ) {
    this.#rig = rig;
    this.#layer = layer;
    this.sequenceNumber = first.sequenceNumber ?? 10_000 * (layer + 1);
    this.#timestampAtZero = first.timestamp ?? 1_000_000 * (layer + 1);
    this.pictureId = first.pictureId ?? 100 * (layer + 1);
    this.tl0PictureIndex = first.tl0 ?? 10 * (layer + 1);
  }

  get timestamp(): number {
    return this.timestampAt(this.#rig.nowMs);
  }

  timestampAt(ms: number): number {
    return (this.#timestampAtZero + Math.round(ms * 90)) % 2 ** 32;
  }

  /** The packets of a frame of now. The clock does not go on. */
  frame({
    packets = 2,
    isKeyframe = false,
    temporalLayer = 0,
    isLayerSync = false,
    lost = [],
  }: FrameOptions = {}): Partial<RtpPacket>[] {
    this.pictureId = (this.pictureId + 1) & 0x7fff;
    if (temporalLayer === 0) this.tl0PictureIndex = (this.tl0PictureIndex + 1) & 0xff;
    const made = Array.from({ length: packets }, (_, position) => {
      const isFirst = position === 0;
      const payload = Buffer.from(`........${this.#layer}:${this.sequenceNumber + position}`);
      payload.set([0x90, 0xe0, 0x80 | (this.pictureId >> 8), this.pictureId & 0xff, this.tl0PictureIndex], 0);
      return {
        sequenceNumber: this.sequenceNumber + position,
        timestamp: this.timestamp,
        marker: position === packets - 1,
        receivedAtMs: this.#rig.nowMs,
        isFrameStart: isFirst,
        isKeyframeStart: isKeyframe && isFirst,
        temporalLayer,
        isLayerSync,
        pictureId: this.pictureId,
        pictureIdOffset: 22,
        pictureIdBits: 15,
        tl0PictureIndex: this.tl0PictureIndex,
        tl0PictureIndexOffset: 24,
        payload,
      };
    });
    this.sequenceNumber += packets;
    for (const [position, packet] of made.entries()) {
      if (!lost.includes(position)) this.#rig.source.deliver(this.#layer, packet);
    }
    return made;
  }

  /** The report that a client would send now. */
  report(ntpOffsetMs = 3_900_000_000_000): SenderReport {
    const { nowMs } = this.#rig;
    return { ntpMs: ntpOffsetMs + nowMs, rtpTimestamp: this.timestamp, receivedAtMs: nowMs };
  }
}

/** What a receiver sees of picture ids and TL0PICIDX. */
export function readVp8(sent: Sent): { pictureId: number; tl0: number; text: string } {
  const { payload } = sent;
  return {
    pictureId: payload.readUInt16BE(2) & 0x7fff,
    tl0: payload.readUInt8(4),
    text: payload.subarray(8).toString(),
  };
}
