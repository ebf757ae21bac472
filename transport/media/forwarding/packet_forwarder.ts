import { RtpPacket } from "../rtp/rtp_packet.ts";
import type { SrtpSendStream } from "../srtp/srtp_sender.ts";
import { HeaderTemplate } from "./header_template.ts";
import type { MediaSource } from "./media_source.ts";
import { PacketRewrite, writePacket, writePadding } from "./packet_writer.ts";
import { PayloadTypeMap } from "./payload_type_map.ts";
import { PictureIdMap } from "./picture_id_map.ts";
import { type Resendable, Retransmitter } from "./retransmitter.ts";
import type { RtpOutlet } from "./rtp_outlet.ts";
import { keptAudioPackets, keptVideoPackets, SentPackets } from "./sent_packets.ts";
import type { SentParameters } from "./sent_parameters.ts";
import { SequenceMap } from "./sequence_map.ts";
import { TimestampMap } from "./timestamp_map.ts";

const fillerLength = 4;
/** What a packet that only fills a number has in place of a source's: nothing. */
const nothing = new RtpPacket(Buffer.alloc(0));

export interface PacketForwarderOptions {
  readonly ssrc: number;
  /** -1 without. */
  readonly rtxSsrc: number;
  readonly outlet: RtpOutlet;
  readonly source: MediaSource;
  /** Below 2^15 (RFC 3711, 3.3.1), so that a loss at the beginning does not hide a wrap. */
  readonly firstIndex: number;
  readonly firstRtxIndex: number;
  readonly firstTimestamp: number;
}

/** Counts since the beginning of a sent stream. Bytes are of payload. */
export interface SentStatistics {
  /** Without retransmissions. */
  readonly packets: number;
  readonly bytes: number;
  readonly retransmittedPackets: number;
  readonly retransmittedBytes: number;
  /** Of the layer that was sent, and left out: of temporal layers above the target, without payload, or of another codec. */
  readonly leftOutPackets: number;
}

/**
 * Writes and sends packets of the layers of a source as one stream without seams. Which ones, its user decides. It makes no
 * object for a packet.
 */
export class PacketForwarder {
  /** The receiver has to be told which section the stream belongs to (RFC 8843, 9.2), until it shows that it knows. */
  hasMid = true;
  packets = 0;
  /** Of payload. */
  bytes = 0;
  clockRate = 0;
  /** Packets of codecs that the client does not take, since the last one that was sent. */
  refusedInARow = 0;
  readonly retransmitter: Retransmitter;
  readonly #options: PacketForwarderOptions;
  readonly #outlet: RtpOutlet;
  readonly #rtxSsrc: number;
  readonly #sequence: SequenceMap;
  readonly #timestamps: TimestampMap;
  readonly #pictures = new PictureIdMap();
  readonly #payloadTypes: PayloadTypeMap;
  readonly #sent: SentPackets;
  readonly #rewrite = new PacketRewrite();
  /** What was agreed on, as one string. */
  #agreement = "";
  #template: HeaderTemplate | undefined;
  #rtxTemplate: HeaderTemplate | undefined;
  #stream: SrtpSendStream | undefined;
  #leftOutPackets = 0;
  #layer = -1;
  #isVp8 = false;
  #lastPayloadType = -1;

  constructor(options: PacketForwarderOptions) {
    const { outlet, source } = options;
    this.#options = options;
    this.#outlet = outlet;
    this.#rtxSsrc = options.rtxSsrc;
    this.#sequence = new SequenceMap(options.firstIndex);
    this.#timestamps = new TimestampMap(options.firstTimestamp);
    this.#payloadTypes = new PayloadTypeMap(source);
    this.#sent = new SentPackets(source.kind === "video" ? keptVideoPackets : keptAudioPackets);
    this.retransmitter = new Retransmitter({
      rtxSsrc: options.rtxSsrc,
      outlet,
      source,
      sent: this.#sent,
      payloadTypes: this.#payloadTypes,
      firstIndex: options.firstRtxIndex,
    });
  }

  configure(parameters: SentParameters): void {
    const { mid, codecs, rtxPayloadTypes, extensionIds } = parameters;
    const agreement = JSON.stringify([mid, codecs, [...rtxPayloadTypes], extensionIds]);
    if (agreement === this.#agreement) return;
    this.#agreement = agreement;
    this.#template = new HeaderTemplate(this.#options.ssrc, parameters);
    this.#rtxTemplate = new HeaderTemplate(Math.max(this.#rtxSsrc, 0), parameters);
    this.#payloadTypes.configure(parameters.codecs, parameters.rtxPayloadTypes);
    // What is sent again as it was must not have another header.
    this.#sent.clear();
  }

  /** Whether the client takes packets of a payload type of the source. */
  takes(payloadType: number): boolean {
    return this.#payloadTypes.find(payloadType) >= 0;
  }

  get statistics(): SentStatistics {
    return {
      packets: this.packets,
      bytes: this.bytes,
      retransmittedPackets: this.retransmitter.packets,
      retransmittedBytes: this.retransmitter.bytes,
      leftOutPackets: this.#leftOutPackets,
    };
  }

  /** The highest packet of the layer that came. */
  get highestSource(): number {
    return this.#sequence.highestSource;
  }

  /** Packets that are missing, or were lost before one that was left out, since the last one that was sent. */
  get pending(): number {
    return this.#sequence.pending;
  }

  /** What is added to the layer's timestamps. */
  get timestampOffset(): number {
    return this.#timestamps.offset;
  }

  /** Goes on with a packet of a layer, the same as before or another one, that needs none before it. False while nothing can be sent. */
  begin(packet: RtpPacket, layer: number): boolean {
    const { source, ssrc } = this.#options;
    const codec = source.findCodec(packet.payloadType);
    if (!this.#outlet.isOpen || codec === undefined || this.#template === undefined) return false;
    this.#stream ??= this.#outlet.openStream(ssrc);
    this.clockRate = codec.clockRate;
    this.refusedInARow = 0;
    this.#isVp8 = codec.mimeType.toLowerCase() === "video/vp8";
    this.#sequence.begin(packet.sequenceNumber);
    this.#timestamps.begin(packet, layer, { layers: source.layers, clockRate: codec.clockRate });
    if (layer !== this.#layer) this.#pictures.begin();
    this.#layer = layer;
    return true;
  }

  /** Sends a packet of the layer. */
  forward(packet: RtpPacket): void {
    const stream = this.#stream;
    const template = this.#template;
    if (stream === undefined || template === undefined || !this.#outlet.isOpen) return;
    const payloadType = this.#payloadTypes.find(packet.payloadType);
    if (payloadType < 0 || packet.payloadLength === 0) {
      if (payloadType < 0) this.refusedInARow += 1;
      this.leaveOut(packet);
      return;
    }
    const isNew = packet.sequenceNumber > this.#sequence.highestSource;
    const index = this.#sequence.accept(packet.sequenceNumber);
    if (index < 0) return;
    const rewrite = this.#rewrite;
    rewrite.index = index;
    if (!this.#mapPicture(packet, isNew)) {
      this.#fill(packet, index);
      return;
    }
    rewrite.timestamp = this.#timestamps.map(packet);
    rewrite.payloadType = payloadType;
    rewrite.hasMid = this.hasMid;
    const out = this.#outlet.takePacket();
    if (!writePacket(out, packet, rewrite, template)) return;
    this.#lastPayloadType = payloadType;
    this.refusedInARow = 0;
    this.packets += 1;
    this.bytes += packet.payloadLength;
    this.#sent.add(rewrite, this.#layer, packet.sequenceNumber, packet.receivedAtMs);
    this.retransmitter.earn();
    this.#outlet.send(out, stream);
    if (!this.#canUseRtx(payloadType)) this.#sent.keepNumbers(index, out);
  }

  /** Goes on behind a packet of the layer without it. A late one, for which the receiver waits by now, gets an empty packet in its place. */
  leaveOut(packet: RtpPacket): void {
    this.#leftOutPackets += 1;
    if (this.#isVp8 && packet.sequenceNumber > this.#sequence.highestSource) this.#pictures.skip(packet);
    const index = this.#sequence.skip(packet.sequenceNumber);
    if (index >= 0) this.#fill(packet, index);
  }

  /** What was sent is not there to be sent again any more, and what comes may be of other codecs. */
  forget(): void {
    this.#sent.clear();
    this.#payloadTypes.forget();
  }

  /** What can be sent again; undefined before anything was sent. */
  resendable(nowMs: number, rttMs: number): Resendable | undefined {
    const stream = this.#stream;
    const template = this.#template;
    const rtxTemplate = this.#rtxTemplate;
    if (stream === undefined || template === undefined || rtxTemplate === undefined || !this.#outlet.isOpen)
      return undefined;
    const { highestSent } = this.#sequence;
    return {
      stream,
      template,
      rtxTemplate,
      highestIndex: highestSent,
      payloadType: this.#lastPayloadType,
      hasMid: this.hasMid,
      nowMs,
      rttMs,
    };
  }

  #canUseRtx(payloadType: number): boolean {
    return this.#rtxSsrc >= 0 && this.#payloadTypes.findRtx(payloadType) >= 0;
  }

  #mapPicture(packet: RtpPacket, isNew: boolean): boolean {
    const rewrite = this.#rewrite;
    if (packet.pictureIdOffset < 0 && packet.tl0PictureIndexOffset < 0) {
      rewrite.pictureId = -1;
      rewrite.tl0PictureIndex = -1;
      return true;
    }
    if (!this.#pictures.map(packet, isNew)) return false;
    rewrite.pictureId = this.#pictures.pictureId < 0 ? -1 : this.#pictures.pictureId & 0x7fff;
    rewrite.tl0PictureIndex = this.#pictures.tl0PictureIndex;
    return true;
  }

  #fill(packet: RtpPacket, index: number): void {
    const stream = this.#stream;
    const template = this.#template;
    const payloadType = this.#lastPayloadType;
    if (stream === undefined || template === undefined || payloadType < 0 || !this.#outlet.isOpen) return;
    const rewrite = this.#rewrite;
    rewrite.index = index;
    rewrite.timestamp = (packet.timestamp + this.#timestamps.offset) | 0;
    rewrite.payloadType = payloadType;
    rewrite.hasMid = this.hasMid;
    const out = this.#outlet.takePacket();
    writePadding(out, nothing, rewrite, { template, paddingLength: fillerLength });
    this.packets += 1;
    this.#outlet.send(out, stream);
  }
}
