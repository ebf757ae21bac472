import type { ReceptionReport, SenderInfo } from "../rtp/rtcp_listener.ts";
import type { RtpHeader } from "../rtp/rtp_header.ts";
import type { RtpPacket } from "../rtp/rtp_packet.ts";
import { BitrateMeter } from "./bitrate_meter.ts";
import type { MediaLayer, RtpCodec, SenderReport } from "./media_source.ts";
import { MissingPackets } from "./missing_packets.ts";
import { PacketHistory } from "./packet_history.ts";
import { maxSequenceJump, ReceptionStatistics } from "./reception_statistics.ts";

/** Slots at most: a second of video at 10 Mbit/s and more, and of audio in packets of 10 ms. Ours. */
const maxHistory = { video: 1_024, audio: 128 } as const;

export interface ReceivedStreamOptions {
  readonly ssrc: number;
  /** "" without simulcast. */
  readonly rid: string;
  readonly kind: "audio" | "video";
  /** Whether the section agreed on NACK: what is lost is asked for. */
  readonly hasNack: boolean;
  /** What the section agreed on, now. */
  readonly findCodec: (payloadType: number) => RtpCodec | undefined;
  /** Makes what reads the payloads of this stream (`findInspector`). */
  readonly createInspector: (mimeType: string) => (packet: RtpPacket) => void;
  /** So much is lost that only a keyframe helps. Never called for audio. */
  readonly onKeyframeNeeded: () => void;
  /** Who sees more of it than comes here tells its bit rates up to each temporal layer. Default: they are measured. */
  readonly findBitrates?: () => readonly number[];
  /** Milliseconds on the clock of `receivedAtMs` (default: `performance.now`). */
  readonly now?: () => number;
}

/** What came of a stream, or of several. Without retransmissions. */
export interface ReceivedStatistics {
  /** Of payload. */
  readonly bytes: number;
  readonly packets: number;
  /** Those that came again as retransmissions among them. */
  readonly packetsLost: number;
}

/** What comes with one SSRC: its packets, what is missing among them, and what its sender is told of it. */
export class ReceivedStream implements MediaLayer {
  readonly ssrc: number;
  readonly rid: string;
  readonly history: PacketHistory;
  readonly #options: ReceivedStreamOptions;
  readonly #now: () => number;
  readonly #statistics: ReceptionStatistics;
  readonly #missing = new MissingPackets();
  readonly #meter = new BitrateMeter();
  /** By codec, as they remember what the stream said before. */
  readonly #inspectors = new Map<string, (packet: RtpPacket) => void>();
  /** Of the last packet: a stream seldom changes its codec. */
  #codec: RtpCodec | undefined;
  #inspect: (packet: RtpPacket) => void = () => undefined;
  #payloadType = -1;
  /** Where the newest keyframe began. */
  #keyframeIndex = -1;
  #bytes = 0;

  constructor(options: ReceivedStreamOptions) {
    this.ssrc = options.ssrc;
    this.rid = options.rid;
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.history = new PacketHistory(maxHistory[options.kind]);
    this.#statistics = new ReceptionStatistics(options.ssrc);
  }

  get senderReport(): SenderReport | undefined {
    return this.#statistics.senderReport;
  }

  /** What came so far. */
  get statistics(): ReceivedStatistics {
    const { packets, packetsLost } = this.#statistics;
    return { bytes: this.#bytes, packets, packetsLost };
  }

  get bitrate(): number {
    return this.#options.findBitrates?.().at(-1) ?? this.#meter.total(this.#now());
  }

  get temporalBitrates(): readonly number[] {
    return this.#options.findBitrates?.() ?? this.#meter.totals(this.#now());
  }

  /** Packets that did not come and are still worth asking for. */
  get missingCount(): number {
    return this.#missing.count;
  }

  /** The round-trip time to the sender in milliseconds, which paces repeated requests. */
  set roundTripMs(ms: number) {
    this.#missing.roundTripMs = ms;
  }

  /** The codecs of the section changed. */
  codecsChanged(): void {
    this.#payloadType = -1;
  }

  /**
   * Takes in a packet that was verified and decrypted into the slot of `history.slotFor`, with `byteLength`, `sequenceNumber` (the
   * packet index), `receivedAtMs` and the fields of header extensions (`readExtensions`) set; fills in the others.
   *
   * @param header of the same packet
   * @returns whether it goes on to subscribers. One without a payload does: its sequence number is gone. One that is malformed or of
   * a codec that was not agreed on does not, and is not kept.
   */
  receive(packet: RtpPacket, header: RtpHeader): boolean {
    const index = packet.sequenceNumber;
    const isKept = this.#fill(packet, header, header.payloadType, paddingOf(packet, header));
    const { receivedAtMs } = packet;
    this.#trackLoss(index, receivedAtMs);
    this.#statistics.add(index, header.timestamp, this.#codec?.clockRate ?? 0, receivedAtMs);
    if (isKept) {
      this.#bytes += packet.payloadLength;
      this.#count(packet);
    } else packet.sequenceNumber = -1;
    return isKept;
  }

  /**
   * Takes in a retransmission (RFC 4588), verified and decrypted into a packet of the transport's own, with `byteLength`, `receivedAtMs`
   * and the fields of header extensions set.
   *
   * @param payloadType that of the original
   * @returns the original in its place in the history, with all its fields; undefined for what is malformed, is there already or
   * never was sent, and for one without a payload, which is a probe
   */
  receiveRepair(repair: RtpPacket, header: RtpHeader, payloadType: number): RtpPacket | undefined {
    const { highest } = this.#statistics;
    const { headerLength } = header;
    const padding = paddingOf(repair, header);
    const length = repair.byteLength - padding;
    if (padding < 0 || length - headerLength < osnLength) return undefined;
    const { bytes } = repair;
    const sequenceNumber = ((bytes[headerLength] as number) << 8) | (bytes[headerLength + 1] as number);
    // One that never was sent has no slot: it would be below zero.
    const index = highest - ((highest - sequenceNumber) & 0xffff);
    const packet = this.history.slotFor(index, repair.receivedAtMs);
    if (packet === undefined) return undefined;
    bytes.copy(packet.bytes, 0, 0, headerLength);
    bytes.copy(packet.bytes, headerLength, headerLength + osnLength, length);
    const first = packet.bytes[0] as number;
    packet.bytes[0] = first & ~0x20;
    packet.bytes[1] = (header.marker ? 0x80 : 0) | payloadType;
    packet.bytes[2] = sequenceNumber >> 8;
    packet.bytes[3] = sequenceNumber & 0xff;
    packet.bytes.writeUInt32BE(this.ssrc, 8);
    packet.byteLength = length - osnLength;
    packet.sequenceNumber = index;
    packet.receivedAtMs = repair.receivedAtMs;
    packet.audioLevel = repair.audioLevel;
    packet.videoOrientation = repair.videoOrientation;
    packet.dependencyDescriptorOffset = repair.dependencyDescriptorOffset;
    packet.dependencyDescriptorLength = repair.dependencyDescriptorLength;
    this.#missing.remove(index);
    if (!this.#fill(packet, header, payloadType, 0)) {
      packet.sequenceNumber = -1;
      return undefined;
    }
    this.#count(packet);
    return packet;
  }

  /** The sender said something of the stream. */
  receiveSenderReport(info: SenderInfo, nowMs: number): void {
    this.#statistics.addSenderReport(info, nowMs);
  }

  /** What its sender is told of it; undefined when nothing came since the last call. */
  receptionReport(nowMs: number): ReceptionReport | undefined {
    return this.#statistics.report(nowMs);
  }

  /** The packets to ask for now, as sequence numbers of 16 bits in their order. To be called every 10 to 20 ms while some are missing. */
  takeNacks(nowMs: number): readonly number[] {
    const missing = this.#missing;
    const before = missing.lastGivenUp;
    const asked = missing.take(nowMs);
    const { lastGivenUp } = missing;
    // Where one has come since, nobody misses the packet.
    if (lastGivenUp !== before && lastGivenUp > this.#keyframeIndex) this.#wantKeyframe();
    return asked;
  }

  /** Sets all fields but those of header extensions; false for a packet that cannot go on. `padding` is what `paddingOf` says. */
  #fill(packet: RtpPacket, header: RtpHeader, payloadType: number, padding: number): boolean {
    packet.ssrc = this.ssrc;
    packet.timestamp = header.timestamp;
    packet.payloadType = payloadType;
    packet.marker = header.marker;
    packet.payloadOffset = header.headerLength;
    if (payloadType !== this.#payloadType) this.#changeCodec(payloadType);
    if (this.#codec === undefined || padding < 0) return false;
    packet.payloadLength = packet.byteLength - header.headerLength - padding;
    this.#inspect(packet);
    if (packet.isKeyframeStart && packet.sequenceNumber > this.#keyframeIndex) {
      this.#keyframeIndex = packet.sequenceNumber;
    }
    return true;
  }

  #changeCodec(payloadType: number): void {
    const codec = this.#options.findCodec(payloadType);
    this.#payloadType = payloadType;
    this.#codec = codec;
    if (codec === undefined) return;
    const { mimeType } = codec;
    const inspect = this.#inspectors.get(mimeType) ?? this.#options.createInspector(mimeType);
    this.#inspectors.set(mimeType, inspect);
    this.#inspect = inspect;
  }

  #count(packet: RtpPacket): void {
    if (packet.payloadLength > 0) this.#meter.add(packet.byteLength, packet.temporalLayer, packet.receivedAtMs);
  }

  /** Notes what is missing before a packet; in order, nothing is. */
  #trackLoss(index: number, nowMs: number): void {
    const { highest } = this.#statistics;
    if (index === highest + 1 || highest < 0) return;
    const missing = this.#missing;
    if (index < highest) {
      if (missing.count > 0) missing.remove(index);
      return;
    }
    const isJump = index > highest + maxSequenceJump;
    if (isJump) missing.clear();
    else if (!this.#options.hasNack || missing.add(highest + 1, index, nowMs)) return;
    this.#wantKeyframe();
  }

  #wantKeyframe(): void {
    if (this.#options.kind === "video") this.#options.onKeyframeNeeded();
  }
}

/** RFC 4588, 4: the sequence number of the original, in front of its payload. */
const osnLength = 2;

/** Bytes of padding at the end (RFC 3550, 5.1); -1 when they cannot be right. */
function paddingOf(packet: RtpPacket, header: RtpHeader): number {
  if (!header.hasPadding) return packet.byteLength < header.headerLength ? -1 : 0;
  const padding = packet.bytes[packet.byteLength - 1] as number;
  return padding === 0 || padding > packet.byteLength - header.headerLength ? -1 : padding;
}
