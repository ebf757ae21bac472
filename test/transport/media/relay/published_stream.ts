import { findInspector } from "../../../../transport/media/codec/payload_inspector.ts";
import type { ReceivedStream } from "../../../../transport/media/forwarding/received_stream.ts";
import type { ReceivedTrack } from "../../../../transport/media/forwarding/received_track.ts";
import { type ReceivedExtensionIds, readExtensions } from "../../../../transport/media/rtp/received_extensions.ts";
import { RtpHeader } from "../../../../transport/media/rtp/rtp_header.ts";
import type { RtpPacket } from "../../../../transport/media/rtp/rtp_packet.ts";

/** The identifiers of header extensions that a publisher sends with. */
export const extensionIds: ReceivedExtensionIds = {
  audioLevel: 1,
  videoOrientation: 2,
  dependencyDescriptor: 3,
  transportSequenceNumber: 4,
  mid: 5,
  rid: 6,
  repairedRid: 7,
};

export interface RtpFields {
  readonly payloadType: number;
  readonly sequenceNumber: number;
  readonly timestamp: number;
  readonly marker?: boolean;
  readonly payload: Buffer;
  /** By identifier, of any length. */
  readonly extensions?: ReadonlyMap<number, Buffer>;
  readonly paddingLength?: number;
}

/** Writes an RTP packet (RFC 3550, RFC 8285 in the form of two bytes). */
export function writeRtp({ extensions = new Map(), paddingLength = 0, ...fields }: RtpFields): Buffer {
  const elements = [...extensions].map(([id, value]) => Buffer.concat([Buffer.from([id, value.length]), value]));
  const block = Buffer.concat(elements);
  const words = Math.ceil(block.length / 4);
  const head = Buffer.alloc(extensions.size > 0 ? 16 + 4 * words : 12);
  head[0] = 0x80 | (extensions.size > 0 ? 0x10 : 0) | (paddingLength > 0 ? 0x20 : 0);
  head[1] = fields.payloadType | (fields.marker === true ? 0x80 : 0);
  head.writeUInt16BE(fields.sequenceNumber & 0xffff, 2);
  head.writeUInt32BE(fields.timestamp >>> 0, 4);
  head.writeUInt32BE(0x0a0b_0c0d, 8);
  if (extensions.size > 0) {
    head.writeUInt16BE(0x1000, 12);
    head.writeUInt16BE(words, 14);
    block.copy(head, 16);
  }
  const padding = Buffer.alloc(paddingLength);
  if (paddingLength > 0) padding[paddingLength - 1] = paddingLength;
  return Buffer.concat([head, fields.payload, padding]);
}

/** What a client sends as one layer of a track, taken in as the node's inbox does. */
export class PublishedStream {
  readonly #track: ReceivedTrack;
  readonly #layer: number;
  readonly #header = new RtpHeader();
  #stream: ReceivedStream | undefined;
  #highest = -1;
  #ssrc = 1;

  constructor(track: ReceivedTrack, layer: number) {
    this.#track = track;
    this.#layer = layer;
  }

  /** Packets that come in one turn. */
  receive(...packets: readonly Buffer[]): void {
    const taken = packets.map((bytes) => this.take(bytes)).filter((packet) => packet !== undefined);
    this.#track.deliver(
      taken,
      taken.map(() => this.#layer),
    );
  }

  /** Takes a packet in, to be delivered. */
  take(bytes: Buffer): RtpPacket | undefined {
    this.#header.read(bytes);
    const stream = this.#open();
    const { sequenceNumber } = this.#header;
    const index = this.#highest < 0 ? sequenceNumber : this.#highest + (((sequenceNumber - this.#highest) << 16) >> 16);
    const packet = stream.history.slotFor(index, performance.now());
    if (packet === undefined) return undefined;
    this.#highest = Math.max(this.#highest, index);
    bytes.copy(packet.bytes);
    packet.byteLength = bytes.length;
    packet.sequenceNumber = index;
    packet.receivedAtMs = performance.now();
    readExtensions(packet, extensionIds);
    return stream.receive(packet, this.#header) ? packet : undefined;
  }

  /** A packet comes again as RTX (RFC 4588). */
  repair(original: Buffer): void {
    this.#header.read(original);
    const { headerLength, payloadType } = this.#header;
    const aside = { ...this.#aside(original, headerLength), receivedAtMs: performance.now() };
    const packet = this.#open().receiveRepair(aside as RtpPacket, this.#header, payloadType);
    if (packet !== undefined) this.#track.deliver([packet], [this.#layer]);
  }

  /** The client's sender report, `atMs` on its clock. */
  report(ntpMs: number, rtpTimestamp: number): void {
    const info = { ntpMs, rtpTimestamp: rtpTimestamp >>> 0, compactNtp: 0, packetCount: 0, octetCount: 0 };
    this.#open().receiveSenderReport(info, performance.now());
  }

  /** The client begins anew, with another SSRC. */
  replace(): void {
    this.#stream = undefined;
    this.#highest = -1;
    this.#ssrc += 1;
    this.#open();
  }

  #aside(original: Buffer, headerLength: number): Partial<RtpPacket> {
    const number = original.subarray(2, 4);
    const bytes = Buffer.concat([original.subarray(0, headerLength), number, original.subarray(headerLength)]);
    const fields = { bytes, byteLength: bytes.length, audioLevel: -1, videoOrientation: -1 };
    readExtensions(fields as RtpPacket, extensionIds);
    return fields;
  }

  #open(): ReceivedStream {
    this.#stream ??= this.#track.source.openStream(this.#layer, {
      ssrc: this.#ssrc,
      hasNack: true,
      createInspector: findInspector,
    });
    return this.#stream;
  }
}
