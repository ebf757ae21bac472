import { CongestionController } from "./congestion/congestion_controller.ts";
import type { AllocatedStream } from "./congestion/layer_allocator.ts";
import type { MediaLayer, MediaSource } from "./forwarding/media_source.ts";
import type { RtpOutlet } from "./forwarding/rtp_outlet.ts";
import type { SentParameters } from "./forwarding/sent_parameters.ts";
import { SentStream } from "./forwarding/sent_stream.ts";
import type { ReceptionReport } from "./rtp/rtcp_listener.ts";
import type { RtcpWriter } from "./rtp/rtcp_writer.ts";

/** The streams and the estimate are looked after no more often than this, in milliseconds; while a probe is sent, at each tick. Ours. */
const intervalMs = 90;

/** A client that was sent nothing for so long is left alone, in milliseconds. Ours. */
const idleMs = 2_000;

/** What a path is taken to carry at first, in bit/s: a large picture, or some of a middle size. Ours; feedback lowers it within a second or two. */
const startBitrate = 2_500_000;

export interface OpenStreamOptions {
  readonly ssrc: number;
  readonly rtxSsrc: number;
  readonly source: MediaSource;
  readonly parameters: SentParameters;
  /** Index of the highest layer that is wanted. */
  readonly preferredLayer: number;
}

/** All streams that go out over one transport, and how much of them does. */
export class SentStreams {
  readonly #outlet: RtpOutlet;
  readonly #bySsrc = new Map<number, AllocatedSentStream>();
  /** From the first stream on, when it is known whether the client tells of arrivals. */
  #congestion: CongestionController | undefined;
  #nextAtMs = 0;
  #sentAtMs = Number.NEGATIVE_INFINITY;

  constructor(outlet: RtpOutlet) {
    this.#outlet = outlet;
  }

  get size(): number {
    return this.#bySsrc.size;
  }

  open({ ssrc, rtxSsrc, source, parameters, preferredLayer }: OpenStreamOptions): SentStream {
    const stream = new SentStream({ ssrc, rtxSsrc, source, outlet: this.#outlet });
    const allocated = new AllocatedSentStream(stream, source, preferredLayer);
    this.#bySsrc.set(ssrc, allocated);
    const hasTransportFeedback = parameters.extensionIds.transportSequenceNumber !== undefined;
    this.#congestion ??= new CongestionController({ hasTransportFeedback, startBitrate });
    if (hasTransportFeedback) this.#congestion.expectTransportFeedback();
    stream.configure(parameters);
    this.#congestion.addStream(allocated, performance.now());
    return stream;
  }

  close({ ssrc }: SentStream): void {
    const allocated = this.#bySsrc.get(ssrc);
    if (allocated === undefined) return;
    this.#bySsrc.delete(ssrc);
    this.#congestion?.removeStream(allocated);
    allocated.stream.stop();
  }

  closeAll(): void {
    for (const { stream } of [...this.#bySsrc.values()]) this.close(stream);
  }

  preferLayer({ ssrc }: SentStream, layer: number): void {
    const allocated = this.#bySsrc.get(ssrc);
    if (allocated === undefined) return;
    allocated.preferredLayer = layer;
    this.#congestion?.streamChanged(performance.now());
  }

  /** To the client and back, in milliseconds; -1 while unknown. */
  get roundTripMs(): number {
    for (const { stream } of this.#bySsrc.values()) if (stream.rttMs >= 0) return stream.rttMs;
    return -1;
  }

  noteSent(transportSequenceNumber: number, bytes: number, nowMs: number): void {
    this.#sentAtMs = nowMs;
    this.#congestion?.noteSent(transportSequenceNumber, bytes, nowMs);
  }

  /** @returns whether a probe is being sent, and the next tick should come soon */
  tick(nowMs: number): boolean {
    const congestion = this.#congestion;
    if (congestion === undefined) return false;
    if (nowMs < this.#nextAtMs && !congestion.isProbing) return false;
    if (nowMs >= this.#nextAtMs) {
      this.#nextAtMs = nowMs + intervalMs;
      for (const { stream } of this.#bySsrc.values()) stream.tick(nowMs);
    }
    // Where nothing is sent, nothing is to be shared out.
    if (nowMs - this.#sentAtMs < idleMs) this.#pad(congestion.tick(nowMs), nowMs);
    return congestion.isProbing;
  }

  /** Writes what the client is told of each stream; returns whether there was any. */
  writeReports(writer: RtcpWriter, cname: string, nowMs: number): boolean {
    let hasReport = false;
    for (const { stream } of this.#bySsrc.values()) {
      const report = stream.writeSenderReport(nowMs);
      if (report === undefined) continue;
      writer.senderReport(report);
      writer.sourceDescription(report.ssrc, cname);
      hasReport = true;
    }
    return hasReport;
  }

  receiveReport(report: ReceptionReport, nowMs: number): void {
    const stream = this.#bySsrc.get(report.ssrc)?.stream;
    if (stream === undefined) return;
    stream.receiveReport(report, nowMs);
    this.#congestion?.receiveReportBlock(report.ssrc, report.fractionLost, report.highestSequenceNumber);
  }

  receiveTransportFeedback(packet: Buffer, nowMs: number): void {
    this.#congestion?.receiveTransportFeedback(packet, nowMs);
  }

  receiveBandwidthLimit(bitsPerSecond: number, nowMs: number): void {
    this.#congestion?.receiveEstimatedMaximumBitrate(bitsPerSecond, nowMs);
  }

  retransmit(ssrc: number, sequenceNumbers: readonly number[], nowMs: number): void {
    this.#bySsrc.get(ssrc)?.stream.retransmit(sequenceNumbers, nowMs);
  }

  requestKeyframe(ssrc: number): void {
    this.#bySsrc.get(ssrc)?.requestKeyframe();
  }

  /** A probe may go on any stream that has retransmissions of its own. */
  #pad(bytes: number, nowMs: number): void {
    let left = bytes;
    for (const { stream } of this.#bySsrc.values()) {
      if (left <= 0) return;
      if (stream.kind === "video") left -= stream.sendPadding(left, nowMs);
    }
  }
}

/** A stream as it is shared out. */
class AllocatedSentStream implements AllocatedStream {
  readonly stream: SentStream;
  preferredLayer: number;
  readonly #source: MediaSource;

  constructor(stream: SentStream, source: MediaSource, preferredLayer: number) {
    this.stream = stream;
    this.#source = source;
    this.preferredLayer = preferredLayer;
  }

  get kind(): "audio" | "video" {
    return this.stream.kind;
  }

  get isActive(): boolean {
    return true;
  }

  get layers(): readonly MediaLayer[] {
    return this.#source.layers;
  }

  setTarget(layer: number, temporalLayer: number): void {
    this.stream.setTarget(layer, temporalLayer);
  }

  /** The client cannot decode what it gets. */
  requestKeyframe(): void {
    const { currentLayer, targetLayer } = this.stream;
    this.#source.requestKeyframe(currentLayer === -1 ? targetLayer : currentLayer);
  }
}
