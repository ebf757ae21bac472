import type { RateBounds } from "./aimd_rate_control.ts";
import { highLoss, LossWindow, lowLoss } from "./loss_window.ts";

/** Growth a second of a limit that losses set (draft-ietf-rmcat-gcc-02, 6: 1.05 with each report); libwebrtc's 8 %. */
const lossIncreasePerSecond = 1.08;
/**
 * A receiver estimates from what it gets: an estimate of more than so many times that says that there is no congestion, not what
 * the path carries. Ours.
 */
const unlimitedRatio = 1.3;
/** Growth a second past such an estimate. Ours: from one layer to the next in some 5 s. */
const unlimitedIncreasePerSecond = 1.2;
/** No step counts more time, in seconds. Ours. */
const maxStepSeconds = 1;

/**
 * What a path carries by what its receiver reports without transport-wide feedback: its own estimate
 * (draft-alvestrand-rmcat-remb-03), and the losses of receiver reports (RFC 3550, 6.4.1).
 */
export class ReportedEstimate {
  readonly #loss = new LossWindow();
  readonly #minBitrate: number;
  readonly #maxBitrate: number;
  #receiverEstimate: number | undefined;
  #lossLimit: number | undefined;
  /** How far past the receiver's estimate we go; 1 or more. */
  #overshoot = 1;
  #steppedAtMs = -1;

  constructor({ minBitrate, maxBitrate }: RateBounds) {
    this.#minBitrate = minBitrate;
    this.#maxBitrate = maxBitrate;
  }

  /** In bit/s; undefined while nothing speaks of a limit. */
  get bitrate(): number | undefined {
    const [estimate, limit] = [this.#receiverEstimate, this.#lossLimit];
    if (estimate === undefined) return limit;
    const stretched = Math.min(estimate * this.#overshoot, this.#maxBitrate);
    return limit === undefined ? stretched : Math.min(stretched, limit);
  }

  /** Of the last window, 0 to 1. */
  get lossRatio(): number {
    return this.#loss.ratio;
  }

  /** @param sendRate in bit/s */
  receiveEstimatedMaximumBitrate(bitrate: number, sendRate: number): void {
    if (!Number.isFinite(bitrate) || bitrate < 0) return;
    this.#receiverEstimate = Math.min(bitrate, this.#maxBitrate);
    if (bitrate < unlimitedRatio * sendRate) this.#overshoot = 1;
  }

  /** See {@link LossWindow.countReport}. */
  receiveReportBlock(ssrc: number, fractionLost: number, highestSequenceNumber: number): void {
    this.#loss.countReport(ssrc, fractionLost, highestSequenceNumber);
  }

  /** Every 100 ms or so; `sendRate` in bit/s. */
  tick(sendRate: number, nowMs: number): void {
    const seconds = this.#steppedAtMs < 0 ? 0 : Math.min((nowMs - this.#steppedAtMs) / 1_000, maxStepSeconds);
    this.#steppedAtMs = nowMs;
    const estimate = this.#receiverEstimate;
    if (estimate !== undefined && sendRate > 0 && estimate >= unlimitedRatio * sendRate) {
      this.#overshoot = Math.min(this.#overshoot * unlimitedIncreasePerSecond ** seconds, this.#maxBitrate);
    }
    if (this.#loss.roll(nowMs) && this.#loss.ratio > highLoss) {
      const limit = (1 - this.#loss.ratio / 2) * Math.min(this.#lossLimit ?? Number.POSITIVE_INFINITY, sendRate);
      this.#lossLimit = Math.max(limit, this.#minBitrate);
    } else if (this.#lossLimit !== undefined && this.#loss.ratio <= lowLoss) {
      this.#lossLimit *= lossIncreasePerSecond ** seconds;
      if (this.#lossLimit >= this.#maxBitrate) this.#lossLimit = undefined;
    }
  }
}
