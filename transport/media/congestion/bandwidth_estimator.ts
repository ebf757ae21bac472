import type { RateBounds } from "./aimd_rate_control.ts";
import type { BandwidthUsage } from "./delay_trend.ts";
import { ReportedEstimate } from "./reported_estimate.ts";
import { SentPacketLog } from "./sent_packet_log.ts";
import { TransportWideEstimate } from "./transport_wide_estimate.ts";

/** What a path is taken to carry before anything is known of it, in bit/s. Ours: some lowest layers and one of a middle size. */
export const defaultStartBitrate = 1_000_000;
/** In bit/s. Ours: audio with its headers. */
export const defaultMinBitrate = 50_000;
/** In bit/s. Ours: above what one client can decode. */
export const defaultMaxBitrate = 100_000_000;

/** Feedback that is younger makes the receiver's own estimate superfluous, in milliseconds. Ours. */
const feedbackLifeMs = 5_000;
/** What is sent is measured over so many milliseconds. Ours. */
const sendRateWindowMs = 500;

/** Rates in bit/s. */
export interface BandwidthEstimatorOptions {
  /** Whether transport-wide feedback was negotiated; without, there is no estimate before the other side reports something. */
  readonly hasTransportFeedback: boolean;
  readonly startBitrate?: number;
  readonly minBitrate?: number;
  readonly maxBitrate?: number;
}

/**
 * What the path to one client carries, from whichever reports there are: transport-wide feedback, the receiver's own estimate
 * (REMB), the losses of receiver reports. Times are milliseconds of one clock, as `performance.now`.
 */
export class BandwidthEstimator {
  readonly #log = new SentPacketLog();
  readonly #transportWide: TransportWideEstimate;
  readonly #reported: ReportedEstimate;
  #hasTransportFeedback: boolean;
  readonly #bounds: RateBounds;
  #sendRate = 0;
  #sendRateAtMs = -1;
  #sendRateBytes = 0;
  #nowMs = 0;

  constructor(options: BandwidthEstimatorOptions) {
    this.#hasTransportFeedback = options.hasTransportFeedback;
    this.#bounds = {
      startBitrate: options.startBitrate ?? defaultStartBitrate,
      minBitrate: options.minBitrate ?? defaultMinBitrate,
      maxBitrate: options.maxBitrate ?? defaultMaxBitrate,
    };
    this.#transportWide = new TransportWideEstimate(this.#log, this.#bounds);
    this.#reported = new ReportedEstimate(this.#bounds);
  }

  /** It was negotiated after all. */
  expectTransportFeedback(): void {
    this.#hasTransportFeedback = true;
  }

  /** In bit/s; undefined while nothing is known, so that nothing need be held back. */
  get bitrate(): number | undefined {
    const bitrate = this.#unbounded();
    const { minBitrate, maxBitrate } = this.#bounds;
    return bitrate === undefined ? undefined : Math.min(Math.max(bitrate, minBitrate), maxBitrate);
  }

  /** Whether a probe can be measured. */
  get canProbe(): boolean {
    return this.#hasTransportFeedback && this.#hasFreshFeedback();
  }

  /** All bytes that were ever sent. */
  get sentBytes(): number {
    return this.#log.sentBytes;
  }

  /** In bit/s over the last half second. */
  get sendRate(): number {
    return this.#sendRate;
  }

  /** What arrives, in bit/s; undefined while unknown. */
  get acknowledgedBitrate(): number | undefined {
    return this.#transportWide.acknowledgedBitrate;
  }

  /** 0 to 1, over the last half second or so. */
  get lossRatio(): number {
    return this.#hasFreshFeedback() ? this.#transportWide.lossRatio : this.#reported.lossRatio;
  }

  /** From sending to feedback, in milliseconds. */
  get roundTripMs(): number {
    return this.#transportWide.roundTripMs;
  }

  get usage(): BandwidthUsage {
    return this.#transportWide.usage;
  }

  /** See {@link TransportWideEstimate.isQueueing}. */
  get isQueueing(): boolean {
    return this.#transportWide.isQueueing;
  }

  /**
   * For each packet that is sent.
   *
   * @param transportSequenceNumber of 16 bits, one more than the last; -1 for a packet that has none
   * @param bytes on the wire as far as known; at most 65,535
   */
  noteSent(transportSequenceNumber: number, bytes: number, nowMs: number): void {
    if (transportSequenceNumber >= 0) this.#log.noteSent(transportSequenceNumber, bytes, nowMs);
    else this.#log.sentBytes += bytes;
  }

  /**
   * @param packet one RTCP packet, RTPFB with FMT 15, from its header to its end
   * @returns false if it is malformed
   */
  receiveTransportFeedback(packet: Uint8Array, nowMs: number): boolean {
    this.#nowMs = nowMs;
    return this.#transportWide.receiveFeedback(packet, this.#sendRate, nowMs);
  }

  /** REMB (draft-alvestrand-rmcat-remb-03), in bit/s. */
  receiveEstimatedMaximumBitrate(bitrate: number): void {
    this.#reported.receiveEstimatedMaximumBitrate(bitrate, this.#sendRate);
  }

  /**
   * A block of a receiver report on one of our streams (RFC 3550, 6.4.1).
   *
   * @param fractionLost in 256ths
   * @param highestSequenceNumber extended, 32 bits
   */
  receiveReportBlock(ssrc: number, fractionLost: number, highestSequenceNumber: number): void {
    this.#reported.receiveReportBlock(ssrc, fractionLost, highestSequenceNumber);
  }

  /** Every 100 ms or so. */
  tick(nowMs: number): void {
    this.#nowMs = nowMs;
    const isSending = this.#measureSendRate(nowMs);
    this.#transportWide.tick(nowMs, isSending);
    this.#reported.tick(this.#sendRate, nowMs);
  }

  /** See {@link TransportWideEstimate.startProbe}. */
  startProbe(nowMs: number): void {
    this.#transportWide.startProbe(nowMs);
  }

  endProbe(nowMs: number): void {
    this.#transportWide.endProbe(nowMs);
  }

  /** See {@link TransportWideEstimate.hasHeardOfProbe}. */
  hasHeardOfProbe(endMs: number): boolean {
    return this.#transportWide.hasHeardOfProbe(endMs);
  }

  /** See {@link TransportWideEstimate.finishProbe}. */
  finishProbe(nowMs: number): number {
    return this.#transportWide.finishProbe(nowMs);
  }

  #unbounded(): number | undefined {
    if (!this.#hasTransportFeedback) return this.#reported.bitrate;
    if (this.#hasFreshFeedback()) return this.#transportWide.bitrate;
    return Math.min(this.#transportWide.bitrate, this.#reported.bitrate ?? Number.POSITIVE_INFINITY);
  }

  #hasFreshFeedback(): boolean {
    return this.#nowMs - this.#transportWide.feedbackAtMs < feedbackLifeMs;
  }

  /** Returns whether anything was sent since the last time. */
  #measureSendRate(nowMs: number): boolean {
    const bytes = this.#log.sentBytes - this.#sendRateBytes;
    if (this.#sendRateAtMs < 0) {
      this.#sendRateAtMs = nowMs;
      this.#sendRateBytes = this.#log.sentBytes;
    } else if (nowMs - this.#sendRateAtMs >= sendRateWindowMs) {
      this.#sendRate = (bytes * 8_000) / (nowMs - this.#sendRateAtMs);
      this.#sendRateAtMs = nowMs;
      this.#sendRateBytes = this.#log.sentBytes;
    }
    return bytes > 0;
  }
}
