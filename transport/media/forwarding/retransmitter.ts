import { RtpPacket } from "../rtp/rtp_packet.ts";
import type { SrtpSendStream } from "../srtp/srtp_sender.ts";
import type { HeaderTemplate } from "./header_template.ts";
import type { MediaSource } from "./media_source.ts";
import { PacketRewrite, writePacket, writePadding } from "./packet_writer.ts";
import type { PayloadTypeMap } from "./payload_type_map.ts";
import type { RtpOutlet } from "./rtp_outlet.ts";
import type { SentPackets } from "./sent_packets.ts";

/** A packet is sent again as often as libwebrtc's receiver asks for one. */
export const maxRetransmissions = 10;
/** And not before an answer to the last time can have come: the round trip, this while it is unknown, this at least. Ours. */
export const defaultRttMs = 100;
export const minRttMs = 10;
/**
 * Each packet that is sent earns one retransmission, so that no NACK makes more than twice the traffic; so many can be saved, for
 * a burst of losses. Ours: half of what is kept of video.
 */
export const maxSavedRetransmissions = 512;
/** Packets of one call of `sendPadding`. Ours: 75 kB, which 15 ms at 40 Mbit/s have. */
export const maxPaddingPackets = 64;
/** RFC 3550, 5.1: the count has eight bits. */
const maxPaddingLength = 255;

/** What a padding packet has in place of a source's: nothing. */
const nothing = new RtpPacket(Buffer.alloc(0));

export interface RetransmitterOptions {
  readonly rtxSsrc: number;
  readonly outlet: RtpOutlet;
  readonly source: MediaSource;
  readonly sent: SentPackets;
  readonly payloadTypes: PayloadTypeMap;
  /** The first RTX packet index. */
  readonly firstIndex: number;
}

/** The stream whose packets are sent again, as it is now. */
export interface Resendable {
  readonly stream: SrtpSendStream;
  readonly template: HeaderTemplate;
  readonly rtxTemplate: HeaderTemplate;
  /** The last index that was sent. */
  readonly highestIndex: number;
  /** The client's, of the last packet. */
  readonly payloadType: number;
  /** The receiver has to be told which section it belongs to. */
  readonly hasMid: boolean;
  /** -1 while unknown. */
  readonly rttMs: number;
  readonly nowMs: number;
}

/** Sends packets of one stream again: as RTX (RFC 4588) where that was agreed on, or just as they were. */
export class Retransmitter {
  packets = 0;
  /** Of payload. */
  bytes = 0;
  readonly #options: RetransmitterOptions;
  readonly #rewrite = new PacketRewrite();
  #rtxStream: SrtpSendStream | undefined;
  #rtxIndex: number;
  #saved = maxSavedRetransmissions;

  constructor(options: RetransmitterOptions) {
    this.#options = options;
    this.#rtxIndex = options.firstIndex - 1;
  }

  /** Another packet was sent. */
  earn(): void {
    if (this.#saved < maxSavedRetransmissions) this.#saved += 1;
  }

  /** @param sequenceNumbers of 16 bits, as a NACK has them (RFC 4585, 6.2.1) */
  retransmit(sequenceNumbers: readonly number[], stream: Resendable): void {
    const { sent } = this.#options;
    const { highestIndex, nowMs } = stream;
    const minAgeMs = Math.max(stream.rttMs < 0 ? defaultRttMs : stream.rttMs, minRttMs);
    for (const sequenceNumber of sequenceNumbers) {
      if (this.#saved === 0) return;
      const index = highestIndex - ((highestIndex - sequenceNumber) & 0xffff);
      const entry = sent.find(index);
      if (entry < 0) continue;
      const tries = sent.triesOf(entry);
      if (tries >= maxRetransmissions || (tries > 0 && sent.ageOf(entry, nowMs) < minAgeMs)) continue;
      const packet = this.#findPacket(entry);
      if (packet === undefined || this.#resend(packet, index, { entry, stream }) === 0) continue;
      sent.countTry(entry, nowMs);
      this.#saved -= 1;
      this.packets += 1;
      this.bytes += packet.payloadLength;
    }
  }

  /**
   * Sends so many bytes that the receiver can do without, at least: packets of before as RTX, or padding.
   *
   * @returns the bytes; 0 without RTX
   */
  sendPadding(bytes: number, stream: Resendable): number {
    const rtxPayloadType = this.#options.payloadTypes.findRtx(stream.payloadType);
    if (!this.#canSendRtx(rtxPayloadType)) return 0;
    let sentBytes = 0;
    for (let count = 0; count < maxPaddingPackets && sentBytes < bytes; count += 1) {
      const index = stream.highestIndex - count;
      const entry = this.#options.sent.find(index);
      const packet = entry < 0 ? undefined : this.#findPacket(entry);
      const length = packet === undefined ? 0 : this.#resend(packet, index, { entry, stream });
      sentBytes += length > 0 ? length : this.#sendOnlyPadding(rtxPayloadType, stream);
    }
    return sentBytes;
  }

  #findPacket(entry: number): RtpPacket | undefined {
    const { sent, source } = this.#options;
    const sequenceNumber = sent.sourceOf(entry);
    const packet = source.layers[sent.layerOf(entry)]?.history.get(sequenceNumber);
    return packet?.sequenceNumber === sequenceNumber ? packet : undefined;
  }

  #canSendRtx(rtxPayloadType: number): boolean {
    return rtxPayloadType >= 0 && this.#options.rtxSsrc >= 0;
  }

  /** @returns the length of the packet, 0 when it cannot be sent */
  #resend(packet: RtpPacket, index: number, { entry, stream }: { entry: number; stream: Resendable }): number {
    const { payloadTypes, sent } = this.#options;
    const payloadType = payloadTypes.find(packet.payloadType);
    if (payloadType < 0) return 0;
    const rtxPayloadType = payloadTypes.findRtx(payloadType);
    const rewrite = this.#rewrite;
    sent.read(entry, rewrite);
    if (this.#canSendRtx(rtxPayloadType)) {
      rewrite.payloadType = rtxPayloadType;
      rewrite.originalSequenceNumber = index & 0xffff;
      return this.#sendRtx(packet, stream);
    }
    rewrite.index = index;
    rewrite.payloadType = payloadType;
    rewrite.originalSequenceNumber = -1;
    const out = this.#options.outlet.takePacket();
    if (!writePacket(out, packet, rewrite, stream.template)) return 0;
    // The same bytes to the last: under one index, SRTP must protect nothing else (RFC 7714, 8.1 and 10).
    sent.restoreNumbers(entry, out);
    const length = out.end - out.start;
    this.#options.outlet.send(out, stream.stream);
    return length;
  }

  #sendRtx(packet: RtpPacket, { rtxTemplate, hasMid }: Resendable): number {
    const { outlet } = this.#options;
    const rewrite = this.#rewrite;
    rewrite.index = this.#rtxIndex + 1;
    rewrite.hasMid = hasMid;
    const out = outlet.takePacket();
    if (!writePacket(out, packet, rewrite, rtxTemplate)) return 0;
    this.#rtxIndex += 1;
    const length = out.end - out.start;
    outlet.send(out, this.#openRtx());
    return length;
  }

  /** Of RTX, which no receiver takes for a packet of before (RFC 4588 has two bytes at least in one). */
  #sendOnlyPadding(rtxPayloadType: number, { rtxTemplate, hasMid }: Resendable): number {
    const { outlet } = this.#options;
    const rewrite = this.#rewrite;
    this.#rtxIndex += 1;
    rewrite.index = this.#rtxIndex;
    rewrite.payloadType = rtxPayloadType;
    rewrite.hasMid = hasMid;
    const out = outlet.takePacket();
    writePadding(out, nothing, rewrite, { template: rtxTemplate, paddingLength: maxPaddingLength });
    const length = out.end - out.start;
    outlet.send(out, this.#openRtx());
    return length;
  }

  #openRtx(): SrtpSendStream {
    this.#rtxStream ??= this.#options.outlet.openStream(this.#options.rtxSsrc);
    return this.#rtxStream;
  }
}
