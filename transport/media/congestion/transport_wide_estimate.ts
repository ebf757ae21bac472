import { AcknowledgedBitrate } from "./acknowledged_bitrate.ts";
import { AimdRateControl, type RateBounds } from "./aimd_rate_control.ts";
import { type BandwidthUsage, DelayTrend } from "./delay_trend.ts";
import { highLoss, LossWindow, lowLoss } from "./loss_window.ts";
import { ProbeMeasurement } from "./probe_measurement.ts";
import { QueueDelay } from "./queue_delay.ts";
import type { SentPacketLog } from "./sent_packet_log.ts";
import { notReceived, TransportFeedbackReader } from "./transport_feedback_reader.ts";

/** Decreases for losses are this far apart and a round trip more, in milliseconds; libwebrtc's. */
const lossDecreaseIntervalMs = 300;
/** How many times the share of losses is taken of a rate that is not used up. Ours: losses say little of what was not sent. */
const unusedLossFactor = 2;
/** No growth while packets wait for longer in the path's queue, in milliseconds. Ours: a call feels more than that. */
const maxQueueMs = 100;
/** A queue that stands for longer is drained: each second at most, a share of what arrives is the limit. In milliseconds. Ours. */
const standingQueueMs = 300;
const drainIntervalMs = 1_000;
const drainFactor = 0.85;
/** Feedback that stays away for so long while packets are sent, in milliseconds, costs a share of the rate each second; libwebrtc's. */
const silenceMs = 3_000;
const silenceIntervalMs = 1_000;
const silenceFactor = 0.8;
/** Before one was measured, and at most, in milliseconds. Ours. */
const initialRoundTripMs = 100;
const maxRoundTripMs = 2_000;
const roundTripWeight = 0.125;
/** After a probe its own queue is not held against the path, for a round trip and so many milliseconds. Ours. */
const probeSettleMs = 200;
/** The reference time's unit, and where it wraps (draft-holmer-rmcat-transport-wide-cc-extensions-01, 3.1). */
const referenceUnitMs = 64;
const referenceTimes = 2 ** 24;
/** Counted on, it does not fall below this, whatever the other side says: so no time is negative. Ours. */
const minReferenceTime = referenceTimes / 2;
const ticksPerMs = 4;

/** One for the node, which reads one packet at a time. */
const reader = new TransportFeedbackReader();

/**
 * What a path carries by transport-wide feedback: delay and losses, as draft-ietf-rmcat-gcc-02 has it, for a sender that often has
 * less to send than it may.
 */
export class TransportWideEstimate {
  readonly #log: SentPacketLog;
  readonly #trend = new DelayTrend();
  readonly #acknowledged = new AcknowledgedBitrate();
  readonly #queue = new QueueDelay();
  readonly #loss = new LossWindow();
  readonly #probe = new ProbeMeasurement();
  readonly #rate: AimdRateControl;

  #roundTripMs = initialRoundTripMs;
  #hasRoundTrip = false;
  #feedbackAtMs = Number.NEGATIVE_INFINITY;
  /** The first sending since the last feedback; -1 for none. */
  #awaitedSinceMs = -1;
  #silenceCutAtMs = Number.NEGATIVE_INFINITY;
  #lossDecreasedAtMs = Number.NEGATIVE_INFINITY;
  #drainedAtMs = Number.NEGATIVE_INFINITY;
  /** Of the other side's clock, counted on past its wrap; -1 before the first. */
  #referenceTime = -1;
  #probeSettledAtMs = Number.NEGATIVE_INFINITY;
  #probeStartBytes = 0;
  #probeSentBytes = 0;

  constructor(log: SentPacketLog, bounds: RateBounds) {
    this.#log = log;
    this.#rate = new AimdRateControl(bounds);
  }

  get bitrate(): number {
    return this.#rate.bitrate;
  }

  /** In bit/s over the last half second; undefined while unknown. */
  get acknowledgedBitrate(): number | undefined {
    return this.#acknowledged.bitrate;
  }

  get usage(): BandwidthUsage {
    return this.#trend.usage;
  }

  /** Of the last window, 0 to 1. */
  get lossRatio(): number {
    return this.#loss.ratio;
  }

  get roundTripMs(): number {
    return this.#roundTripMs;
  }

  /** True while packets wait in the path's queue: not the time to send more. */
  get isQueueing(): boolean {
    return this.#trend.usage === "overusing" || this.#queue.delayMs > maxQueueMs;
  }

  /** When feedback came last; -Infinity before. */
  get feedbackAtMs(): number {
    return this.#feedbackAtMs;
  }

  /**
   * @param packet one RTCP packet, from its header to its end
   * @param sendRate what is sent now, in bit/s
   * @returns false if it is no transport-wide feedback, or malformed
   */
  receiveFeedback(packet: Uint8Array, sendRate: number, nowMs: number): boolean {
    if (!reader.read(packet)) return false;
    const youngestSentMs = this.#takeArrivals(this.#unwrapReferenceTime(reader.referenceTime) * referenceUnitMs);
    this.#feedbackAtMs = nowMs;
    this.#awaitedSinceMs = -1;
    if (youngestSentMs > Number.NEGATIVE_INFINITY) this.#measureRoundTrip(nowMs - youngestSentMs);
    if (this.#loss.roll(nowMs) && this.#loss.ratio > highLoss) this.#decreaseForLoss(sendRate, nowMs);
    if (this.#queue.delayMs > standingQueueMs) this.#drain(nowMs);
    const isProbed = this.#probe.isRunning || nowMs < this.#probeSettledAtMs;
    this.#rate.step(
      {
        usage: isProbed && this.#trend.usage === "overusing" ? "normal" : this.#trend.usage,
        acknowledgedBitrate: this.#acknowledged.bitrate,
        roundTripMs: this.#roundTripMs,
        mayIncrease: !(isProbed || this.isQueueing) && this.#loss.ratio <= lowLoss,
      },
      nowMs,
    );
    return true;
  }

  /** Every 100 ms or so. */
  tick(nowMs: number, isSending: boolean): void {
    if (this.#feedbackAtMs === Number.NEGATIVE_INFINITY) return;
    if (this.#awaitedSinceMs < 0) {
      if (isSending) this.#awaitedSinceMs = nowMs;
      return;
    }
    if (nowMs - this.#awaitedSinceMs < silenceMs || nowMs - this.#silenceCutAtMs < silenceIntervalMs) return;
    this.#silenceCutAtMs = nowMs;
    this.#rate.limit(silenceFactor * this.#rate.bitrate);
  }

  /** Packets sent from now on are a probe. */
  startProbe(nowMs: number): void {
    this.#probe.start(nowMs);
    this.#probeStartBytes = this.#log.sentBytes;
  }

  endProbe(nowMs: number): void {
    this.#probe.end(nowMs);
    this.#probeSentBytes = this.#log.sentBytes - this.#probeStartBytes;
  }

  /** True once feedback tells of everything that was sent up to `endMs`. */
  hasHeardOfProbe(endMs: number): boolean {
    return this.#probe.lastHeardMs >= endMs;
  }

  /** Ends the measurement and raises the estimate to what was proven. Returns the rate at which the probe arrived, 0 if that is unknown. */
  finishProbe(nowMs: number): number {
    const bitrate = this.#probe.bitrate(this.#probeSentBytes) ?? 0;
    this.#probe.stop();
    this.#probeSettledAtMs = nowMs + this.#roundTripMs + probeSettleMs;
    this.#rate.prove(bitrate);
    return bitrate;
  }

  /** Returns when the youngest of the packets was sent. */
  #takeArrivals(referenceMs: number): number {
    const [log, { arrivalTicks, baseSequenceNumber, statusCount }] = [this.#log, reader];
    let [expected, lost] = [0, 0];
    let youngestSentMs = Number.NEGATIVE_INFINITY;
    for (let index = 0; index < statusCount; index += 1) {
      const slot = log.find((baseSequenceNumber + index) & 0xffff);
      if (slot < 0) continue;
      const ticks = arrivalTicks[index] as number;
      if (ticks === notReceived) {
        if (!log.noteLost(slot)) continue;
        expected += 1;
        lost += 1;
        continue;
      }
      if (log.acknowledge(slot)) lost -= 1;
      else expected += 1;
      const sentMs = log.sentAtMs(slot);
      const bytes = log.bytes(slot);
      const arrivalMs = referenceMs + ticks / ticksPerMs;
      youngestSentMs = sentMs;
      this.#acknowledged.add(arrivalMs, bytes);
      this.#queue.add(sentMs, arrivalMs);
      this.#trend.add(sentMs, arrivalMs);
      if (this.#probe.isRunning) this.#probe.add(sentMs, arrivalMs, bytes);
    }
    this.#loss.count(expected, lost);
    return youngestSentMs;
  }

  #decreaseForLoss(sendRate: number, nowMs: number): void {
    if (nowMs - this.#lossDecreasedAtMs < lossDecreaseIntervalMs + this.#roundTripMs) return;
    this.#lossDecreasedAtMs = nowMs;
    const { ratio } = this.#loss;
    const { bitrate } = this.#rate;
    const used = Math.min(bitrate, Math.max(sendRate, (1 - unusedLossFactor * ratio) * bitrate));
    this.#rate.limit((1 - ratio / 2) * used);
  }

  #drain(nowMs: number): void {
    const acknowledged = this.#acknowledged.bitrate;
    if (acknowledged === undefined || nowMs - this.#drainedAtMs < drainIntervalMs) return;
    this.#drainedAtMs = nowMs;
    this.#rate.limit(drainFactor * acknowledged);
  }

  #measureRoundTrip(sampleMs: number): void {
    const sample = Math.min(Math.max(sampleMs, 0), maxRoundTripMs);
    if (this.#hasRoundTrip) this.#roundTripMs += roundTripWeight * (sample - this.#roundTripMs);
    else this.#roundTripMs = sample;
    this.#hasRoundTrip = true;
  }

  #unwrapReferenceTime(referenceTime: number): number {
    if (this.#referenceTime < 0) {
      // A wrap back of the very first must not make times negative.
      this.#referenceTime = referenceTimes + referenceTime;
      return this.#referenceTime;
    }
    const half = referenceTimes / 2;
    const previous = this.#referenceTime % referenceTimes;
    const difference = ((referenceTime - previous + referenceTimes + half) % referenceTimes) - half;
    this.#referenceTime = Math.max(this.#referenceTime + difference, minReferenceTime);
    return this.#referenceTime;
  }
}
