import type { BandwidthUsage } from "./delay_trend.ts";

/** After congestion, this share of what arrived (draft-ietf-rmcat-gcc-02, 5.5: beta). */
const decreaseFactor = 0.85;
/** Growth a second far from the known capacity (draft, 5.5: eta). */
const increasePerSecond = 1.08;
/**
 * The rate is at most this many times what arrives, and so much more. The draft (5.5) has 1.5, for encoders that follow any rate:
 * ours goes up in steps, which a probe proves first. libwebrtc's 10 kbit/s.
 */
const maxOverAcknowledged = 1.25;
const maxAboveAcknowledged = 10_000;
/** Least additive growth, in bit/s each second; libwebrtc's. */
const minIncreasePerSecond = 4_000;
/** A response to a change takes the round trip and this, in milliseconds (draft, 5.5). */
const responseMs = 100;
/** A packet, in bits, that is added each response time near the known capacity (draft, 5.5: expected packet size). */
const packetBits = 9_600;
/** Decreases are this far apart at least and at most, and by the round trip between, in milliseconds. Ours. */
const minDecreaseIntervalMs = 200;
const maxDecreaseIntervalMs = 1_000;
/**
 * When less than half of the rate is in use, congestion says that something changed, but not that the capacity is what is
 * sent now: one sign halves the rate at most. Ours.
 */
const maxDecreaseUnused = 0.5;
/** No step of growth counts more time than this, in milliseconds; libwebrtc's. */
const maxStepMs = 1_000;

/** The pace of what was acknowledged at congestion, as a mean and its relative variance; the numbers are libwebrtc's. */
const capacityWeight = 0.05;
const minVariance = 0.4;
const maxVariance = 2.5;
const deviations = 3;

/** Bounds of a rate, in bit/s. */
export interface RateBounds {
  readonly startBitrate: number;
  readonly minBitrate: number;
  readonly maxBitrate: number;
}

/** What a step of {@link AimdRateControl} goes by. */
export interface AimdInput {
  readonly usage: BandwidthUsage;
  /** In bit/s; undefined while unknown. */
  readonly acknowledgedBitrate: number | undefined;
  readonly roundTripMs: number;
  /** False while something else says that the rate is high enough, such as losses. */
  readonly mayIncrease: boolean;
}

/**
 * Additive increase, multiplicative decrease (draft-ietf-rmcat-gcc-02, 5.5), for a sender that often sends less than it may: such
 * a rate stands still, neither growing without proof nor falling.
 */
export class AimdRateControl {
  readonly #bounds: RateBounds;
  #bitrate: number;
  #state: "increase" | "hold" = "hold";
  #steppedAtMs = -1;
  #decreasedAtMs = Number.NEGATIVE_INFINITY;
  /** In bit/s: what arrived when the path was full; 0 while unknown. */
  #capacity = 0;
  /** Of the capacity, in (kbit/s)^2 over kbit/s. */
  #capacityVariance = minVariance;

  constructor(bounds: RateBounds) {
    this.#bounds = bounds;
    this.#bitrate = bounds.startBitrate;
  }

  /** In bit/s. */
  get bitrate(): number {
    return this.#bitrate;
  }

  /** With each feedback. */
  step(input: AimdInput, nowMs: number): void {
    const elapsedMs = this.#steppedAtMs < 0 ? 0 : Math.min(nowMs - this.#steppedAtMs, maxStepMs);
    this.#steppedAtMs = nowMs;
    if (input.usage === "overusing") {
      if (nowMs - this.#decreasedAtMs >= decreaseIntervalMs(input.roundTripMs)) this.#decrease(input, nowMs);
      this.#state = "hold";
    } else if (input.usage === "underusing") {
      this.#state = "hold";
    } else if (this.#state === "hold") {
      this.#state = "increase";
    } else if (input.mayIncrease) {
      this.#increase(input, elapsedMs);
    }
  }

  /** The path was seen to carry this much. */
  prove(bitrate: number): void {
    if (bitrate > this.#bitrate) this.#set(bitrate);
    if (bitrate > this.#upperCapacity()) this.#capacity = 0;
  }

  /** No more than this for now, for a reason other than delay. */
  limit(bitrate: number): void {
    if (bitrate < this.#bitrate) this.#set(bitrate);
  }

  #set(bitrate: number): void {
    this.#bitrate = Math.min(Math.max(bitrate, this.#bounds.minBitrate), this.#bounds.maxBitrate);
  }

  #decrease({ acknowledgedBitrate }: AimdInput, nowMs: number): void {
    this.#decreasedAtMs = nowMs;
    if (acknowledgedBitrate === undefined) {
      this.#set(decreaseFactor * this.#bitrate);
      return;
    }
    this.#learnCapacity(acknowledgedBitrate);
    const decreased = decreaseFactor * acknowledgedBitrate;
    if (decreased < this.#bitrate) this.#set(Math.max(decreased, maxDecreaseUnused * this.#bitrate));
  }

  #increase({ acknowledgedBitrate, roundTripMs }: AimdInput, elapsedMs: number): void {
    if (acknowledgedBitrate === undefined) return;
    if (acknowledgedBitrate > this.#upperCapacity()) this.#capacity = 0;
    const cap = maxOverAcknowledged * acknowledgedBitrate + maxAboveAcknowledged;
    if (this.#bitrate >= cap) return;
    const seconds = elapsedMs / 1_000;
    const isNearCapacity = this.#capacity > 0;
    const grown = isNearCapacity
      ? this.#bitrate + Math.max(minIncreasePerSecond, (packetBits * 1_000) / (roundTripMs + responseMs)) * seconds
      : this.#bitrate * increasePerSecond ** seconds;
    this.#set(Math.min(grown, cap));
  }

  #learnCapacity(sample: number): void {
    if (this.#capacity > 0 && sample < this.#capacity - this.#capacityDeviation()) this.#capacity = 0;
    if (this.#capacity === 0) {
      this.#capacity = sample;
      return;
    }
    const error = (sample - this.#capacity) / 1_000;
    this.#capacity += capacityWeight * (sample - this.#capacity);
    const kilobits = Math.max(this.#capacity / 1_000, 1);
    const variance = (1 - capacityWeight) * this.#capacityVariance + (capacityWeight * error * error) / kilobits;
    this.#capacityVariance = Math.min(Math.max(variance, minVariance), maxVariance);
  }

  #upperCapacity(): number {
    return this.#capacity === 0 ? Number.POSITIVE_INFINITY : this.#capacity + this.#capacityDeviation();
  }

  #capacityDeviation(): number {
    return deviations * 1_000 * Math.sqrt((this.#capacityVariance * this.#capacity) / 1_000);
  }
}

function decreaseIntervalMs(roundTripMs: number): number {
  return Math.min(Math.max(roundTripMs + responseMs, minDecreaseIntervalMs), maxDecreaseIntervalMs);
}
