/** What the one-way delay says of the path (draft-ietf-rmcat-gcc-02, 5.3). */
export type BandwidthUsage = "normal" | "overusing" | "underusing";

/** Packets sent within this time are one group, in milliseconds (draft, 5.2: burst_time). */
const burstMs = 5;
/** A group that arrives in one go grows no longer than this, in milliseconds; libwebrtc's. */
const maxBurstMs = 100;
/** A jump of the other clock by more than this begins anew, in milliseconds; libwebrtc's. */
const maxClockJumpMs = 3_000;
/** Groups that the line is fitted to; libwebrtc's. */
const windowSize = 20;
/** The share of the old value in the smoothed delay; libwebrtc's. */
const smoothing = 0.9;
/** Slope to threshold: gain times the number of groups, up to a limit; libwebrtc's. */
const thresholdGain = 4;
const maxDeltaCount = 60;
/** Time above the threshold before it counts, in milliseconds (draft, 5.4: overuse_time_th). */
const overuseTimeMs = 10;
/** The threshold's bounds, start and pace, in and per millisecond (draft, 5.4: del_var_th, K_u, K_d). */
const minThreshold = 6;
const maxThreshold = 600;
const initialThreshold = 12.5;
const thresholdUp = 0.0087;
const thresholdDown = 0.039;
/** What is this far above the threshold is a drop of capacity, not noise to adapt to (draft, 5.4: 15 ms). */
const maxAdaptOffset = 15;
const maxThresholdStepMs = 100;

/**
 * Sees queues grow and drain from the times at which groups of packets were sent and arrived: a line fitted to the delay, and
 * a threshold that adapts to the path's noise (draft-ietf-rmcat-gcc-02, 5.2 to 5.4, with libwebrtc's line in place of the Kalman
 * filter).
 */
export class DelayTrend {
  #usage: BandwidthUsage = "normal";

  // The group that is being filled, and the one before it.
  #firstSentMs = -1;
  #lastSentMs = 0;
  #firstArrivalMs = 0;
  #lastArrivalMs = 0;
  #previousSentMs = -1;
  #previousArrivalMs = 0;

  // The delays that the line is fitted to: a ring, in the order of arrival.
  readonly #arrivalsMs = new Float64Array(windowSize);
  readonly #delaysMs = new Float64Array(windowSize);
  #next = 0;
  #deltaCount = 0;
  #accumulatedDelayMs = 0;
  #smoothedDelayMs = 0;

  #threshold = initialThreshold;
  #thresholdAtMs = -1;
  #previousTrend = 0;
  #overusedMs = -1;
  #overuseCount = 0;

  get usage(): BandwidthUsage {
    return this.#usage;
  }

  /** For each packet that arrived, in the order of sending; the clocks need not agree. */
  add(sentMs: number, arrivalMs: number): void {
    if (this.#firstSentMs < 0 || Math.abs(arrivalMs - this.#lastArrivalMs) > maxClockJumpMs) {
      this.#restart(sentMs, arrivalMs);
      return;
    }
    if (sentMs < this.#firstSentMs) return;
    if (this.#isNewGroup(sentMs, arrivalMs)) {
      this.#endGroup();
      this.#firstSentMs = sentMs;
      this.#firstArrivalMs = arrivalMs;
      this.#lastSentMs = sentMs;
      this.#lastArrivalMs = arrivalMs;
      return;
    }
    if (sentMs > this.#lastSentMs) this.#lastSentMs = sentMs;
    if (arrivalMs > this.#lastArrivalMs) this.#lastArrivalMs = arrivalMs;
  }

  /** The queue that was seen is someone's we know: a probe's. What was concluded is forgotten, what was learned of the path's noise is not. */
  settle(): void {
    this.#usage = "normal";
    this.#overusedMs = -1;
    this.#overuseCount = 0;
  }

  #isNewGroup(sentMs: number, arrivalMs: number): boolean {
    const sinceArrivalMs = arrivalMs - this.#lastArrivalMs;
    // What left the path's queue in one go belongs together (draft, 5.2).
    if (
      sinceArrivalMs <= burstMs &&
      sinceArrivalMs < sentMs - this.#lastSentMs &&
      arrivalMs - this.#firstArrivalMs < maxBurstMs
    ) {
      return false;
    }
    return sentMs - this.#firstSentMs > burstMs;
  }

  #endGroup(): void {
    if (this.#previousSentMs >= 0) {
      const sentDeltaMs = this.#lastSentMs - this.#previousSentMs;
      const arrivalDeltaMs = this.#lastArrivalMs - this.#previousArrivalMs;
      if (arrivalDeltaMs >= 0) this.#update(arrivalDeltaMs - sentDeltaMs, sentDeltaMs);
    }
    this.#previousSentMs = this.#lastSentMs;
    this.#previousArrivalMs = this.#lastArrivalMs;
  }

  #update(deltaMs: number, sentDeltaMs: number): void {
    if (this.#deltaCount < maxDeltaCount) this.#deltaCount += 1;
    this.#accumulatedDelayMs += deltaMs;
    this.#smoothedDelayMs = smoothing * this.#smoothedDelayMs + (1 - smoothing) * this.#accumulatedDelayMs;
    this.#arrivalsMs[this.#next] = this.#lastArrivalMs;
    this.#delaysMs[this.#next] = this.#smoothedDelayMs;
    this.#next = (this.#next + 1) % windowSize;
    this.#detect(this.#deltaCount < windowSize ? this.#previousTrend : this.#fitSlope(), sentDeltaMs);
  }

  /** The slope of the line of least squares, in ms of delay for each ms: (rate - capacity) / capacity while a queue grows. */
  #fitSlope(): number {
    const [arrivalsMs, delaysMs] = [this.#arrivalsMs, this.#delaysMs];
    let [sumX, sumY] = [0, 0];
    for (let index = 0; index < windowSize; index += 1) {
      sumX += arrivalsMs[index] as number;
      sumY += delaysMs[index] as number;
    }
    const [meanX, meanY] = [sumX / windowSize, sumY / windowSize];
    let [numerator, denominator] = [0, 0];
    for (let index = 0; index < windowSize; index += 1) {
      const x = (arrivalsMs[index] as number) - meanX;
      numerator += x * ((delaysMs[index] as number) - meanY);
      denominator += x * x;
    }
    return denominator === 0 ? this.#previousTrend : numerator / denominator;
  }

  #detect(trend: number, sentDeltaMs: number): void {
    const modifiedTrend = this.#deltaCount * trend * thresholdGain;
    if (modifiedTrend > this.#threshold) {
      // Half of the time since the last sample, for the first.
      this.#overusedMs = this.#overusedMs < 0 ? sentDeltaMs / 2 : this.#overusedMs + sentDeltaMs;
      this.#overuseCount += 1;
      if (this.#overusedMs > overuseTimeMs && this.#overuseCount > 1 && trend >= this.#previousTrend) {
        this.#overusedMs = 0;
        this.#overuseCount = 0;
        this.#usage = "overusing";
      }
    } else {
      this.#overusedMs = -1;
      this.#overuseCount = 0;
      this.#usage = modifiedTrend < -this.#threshold ? "underusing" : "normal";
    }
    this.#previousTrend = trend;
    this.#adaptThreshold(Math.abs(modifiedTrend));
  }

  #adaptThreshold(magnitude: number): void {
    const stepMs =
      this.#thresholdAtMs < 0 ? 0 : Math.min(this.#lastArrivalMs - this.#thresholdAtMs, maxThresholdStepMs);
    this.#thresholdAtMs = this.#lastArrivalMs;
    if (magnitude > this.#threshold + maxAdaptOffset) return;
    const pace = magnitude < this.#threshold ? thresholdDown : thresholdUp;
    const adapted = this.#threshold + pace * (magnitude - this.#threshold) * stepMs;
    this.#threshold = Math.min(Math.max(adapted, minThreshold), maxThreshold);
  }

  #restart(sentMs: number, arrivalMs: number): void {
    this.#firstSentMs = sentMs;
    this.#lastSentMs = sentMs;
    this.#firstArrivalMs = arrivalMs;
    this.#lastArrivalMs = arrivalMs;
    this.#previousSentMs = -1;
    this.#deltaCount = 0;
    this.#next = 0;
    this.#accumulatedDelayMs = 0;
    this.#smoothedDelayMs = 0;
    this.#previousTrend = 0;
    this.#thresholdAtMs = -1;
    this.settle();
  }
}
