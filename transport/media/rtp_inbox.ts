import { findInspector } from "./codec/payload_inspector.ts";
import type { ReceivedStream } from "./forwarding/received_stream.ts";
import {
  findExtensionIds,
  type ReceivedExtensionIds,
  readExtensions,
  readIdentity,
} from "./rtp/received_extensions.ts";
import type { ReceptionReport, SenderInfo } from "./rtp/rtcp_listener.ts";
import type { RtcpWriter } from "./rtp/rtcp_writer.ts";
import { RtpHeader } from "./rtp/rtp_header.ts";
import { maxRtpPacketBytes, RtpPacket } from "./rtp/rtp_packet.ts";
import { type ReceivingSection, type Route, RtpRouter } from "./rtp_router.ts";
import type { SrtpReceiver, SrtpReceiveStream } from "./srtp/srtp_receiver.ts";

export interface RtpInboxOptions {
  /** Told of each verified packet with a transport-wide sequence number. */
  readonly noteArrival: (sequenceNumber: number, ssrc: number) => void;
}

/** SSRCs whose SRTP state is remembered while they are not routed. Ours: several times what one client sends. */
const maxKnownStreams = 128;

/** Packets that no history takes: the first of a stream, and retransmissions on their way into one. */
const aside = new RtpPacket(Buffer.allocUnsafeSlow(maxRtpPacketBytes));
const header = new RtpHeader();

/** Takes in the packets of one transport: to their streams, and from there to whoever subscribed to them. */
export class RtpInbox {
  readonly #options: RtpInboxOptions;
  readonly #router = new RtpRouter();
  #extensionIds: ReceivedExtensionIds = findExtensionIds([]);
  #srtp: SrtpReceiver | undefined;
  /**
   * By SSRC, the one that was verified first goes first. A section that pauses and goes on does so with the same SSRC, whose rollover
   * counter and replay window hold for as long as the keys do (RFC 3711, 3.2.1).
   */
  readonly #known = new Map<number, SrtpReceiveStream>();

  constructor(options: RtpInboxOptions) {
    this.#options = options;
  }

  open(srtp: SrtpReceiver): void {
    this.#srtp = srtp;
  }

  close(): void {
    this.#srtp = undefined;
    this.#known.clear();
    this.#router.setSections([]);
  }

  /** What may come from now on. The identifiers of header extensions are one set for all sections (RFC 8843, 9.2). */
  setSections(
    sections: readonly ReceivingSection[],
    extensions: Iterable<{ readonly id: number; readonly uri: string }>,
  ): void {
    this.#extensionIds = findExtensionIds(extensions);
    this.#router.setSections(sections);
  }

  /** One SRTP packet, as it came. Whatever it holds, it does no harm. */
  receive(datagram: Buffer): void {
    if (datagram.length > maxRtpPacketBytes || !header.read(datagram)) return;
    const route = this.#router.find(header.ssrc);
    if (route === undefined) this.#receiveUnknown(datagram);
    else if (route.isRepair) this.#receiveRepair(datagram, route);
    else this.#receiveMedia(datagram, route);
  }

  /** Streams of media, of which something came. */
  *streams(): Iterable<ReceivedStream> {
    for (const { stream, isRepair } of this.#router.routes) if (!isRepair) yield stream;
  }

  /** To the client and back, in milliseconds. */
  set roundTripMs(ms: number) {
    for (const stream of this.streams()) stream.roundTripMs = ms;
  }

  receiveSenderReport(ssrc: number, info: SenderInfo, nowMs: number): void {
    const route = this.#router.find(ssrc);
    if (route !== undefined && !route.isRepair) route.stream.receiveSenderReport(info, nowMs);
  }

  /** What the client is told of all that it sends. */
  takeReports(nowMs: number): ReceptionReport[] {
    const reports: ReceptionReport[] = [];
    for (const stream of this.streams()) {
      const report = stream.receptionReport(nowMs);
      if (report !== undefined) reports.push(report);
    }
    return reports;
  }

  /** Asks for what is missing. */
  writeNacks(writer: RtcpWriter, senderSsrc: number, nowMs: number): void {
    for (const { stream, isRepair } of this.#router.routes) {
      if (isRepair || stream.missingCount === 0) continue;
      const numbers = stream.takeNacks(nowMs);
      if (numbers.length > 0) writer.nack(senderSsrc, stream.ssrc, numbers);
    }
  }

  /** The stream that a layer of a section has now. */
  findStream(mid: string, layer: number): ReceivedStream | undefined {
    for (const route of this.#router.routes) {
      if (route.section.remote.mid === mid && route.layer === layer && !route.isRepair) return route.stream;
    }
    return undefined;
  }

  #receiveMedia(datagram: Buffer, { srtp, stream, section, layer }: Route): void {
    const nowMs = performance.now();
    const index = srtp.estimateIndex(header.sequenceNumber);
    const packet = index === -1 ? undefined : stream.history.slotFor(index, nowMs);
    if (packet === undefined) return;
    const length = srtp.unprotect(datagram, header.headerLength, index, packet.bytes);
    if (length === -1) return;
    packet.byteLength = length;
    packet.sequenceNumber = index;
    packet.receivedAtMs = nowMs;
    const transportSequence = readExtensions(packet, this.#extensionIds);
    if (transportSequence !== -1) this.#options.noteArrival(transportSequence, header.ssrc);
    if (stream.receive(packet, header)) section.track.deliver(packet, layer);
  }

  #receiveRepair(datagram: Buffer, { srtp, stream, section, layer }: Route): void {
    const index = srtp.estimateIndex(header.sequenceNumber);
    const length = index === -1 ? -1 : srtp.unprotect(datagram, header.headerLength, index, aside.bytes);
    if (length === -1) return;
    aside.byteLength = length;
    aside.receivedAtMs = performance.now();
    this.#repair(stream, section, layer);
  }

  /** The retransmission stands in `aside`. */
  #repair(stream: ReceivedStream, section: ReceivingSection, layer: number): void {
    const transportSequence = readExtensions(aside, this.#extensionIds);
    if (transportSequence !== -1) this.#options.noteArrival(transportSequence, header.ssrc);
    for (const [payloadType, repairType] of section.parameters.rtxPayloadTypes) {
      if (repairType !== header.payloadType) continue;
      const packet = stream.receiveRepair(aside, header, payloadType);
      if (packet !== undefined) section.track.deliver(packet, layer);
      return;
    }
  }

  #remember(ssrc: number, srtp: SrtpReceiveStream): void {
    this.#known.delete(ssrc);
    this.#known.set(ssrc, srtp);
    if (this.#known.size <= maxKnownStreams) return;
    for (const oldest of this.#known.keys()) {
      if (this.#router.find(oldest) !== undefined) continue;
      this.#known.delete(oldest);
      return;
    }
  }

  /** The first packet of an SSRC: it is routed once it is proven to be the client's. */
  #receiveUnknown(datagram: Buffer): void {
    if (this.#srtp === undefined) return;
    const { ssrc, payloadType } = header;
    const place = this.#router.locate(ssrc, payloadType, readIdentity(datagram, this.#extensionIds));
    if (place === undefined) return;
    const { section, layer, isRepair } = place;
    const srtp = this.#known.get(ssrc) ?? this.#srtp.openStream(ssrc);
    const index = srtp.estimateIndex(header.sequenceNumber);
    const length = index === -1 ? -1 : srtp.unprotect(datagram, header.headerLength, index, aside.bytes);
    if (length === -1) return;
    this.#remember(ssrc, srtp);
    aside.byteLength = length;
    aside.receivedAtMs = performance.now();
    const { source } = section.track;
    if (isRepair) {
      const stream = source.layers[layer]?.stream;
      if (stream === undefined) {
        // Nothing can be repaired before anything came; as a probe it counts.
        const transportSequence = readExtensions(aside, this.#extensionIds);
        if (transportSequence !== -1) this.#options.noteArrival(transportSequence, ssrc);
        return;
      }
      this.#router.add(ssrc, { ...place, stream, srtp });
      this.#repair(stream, section, layer);
      return;
    }
    const { hasNack } = section.parameters;
    const stream = source.openStream(layer, { ssrc, hasNack, createInspector: findInspector });
    this.#router.add(ssrc, { ...place, stream, srtp });
    const packet = stream.history.slotFor(index, aside.receivedAtMs);
    if (packet === undefined) return;
    aside.bytes.copy(packet.bytes, 0, 0, length);
    packet.byteLength = length;
    packet.sequenceNumber = index;
    packet.receivedAtMs = aside.receivedAtMs;
    const transportSequence = readExtensions(packet, this.#extensionIds);
    if (transportSequence !== -1) this.#options.noteArrival(transportSequence, ssrc);
    if (stream.receive(packet, header)) section.track.deliver(packet, layer);
  }
}
