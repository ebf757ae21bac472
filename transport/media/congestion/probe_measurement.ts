/** Packets sent within this time are one group, in milliseconds (draft-ietf-rmcat-gcc-02, 5.2: burst_time). */
const burstMs = 5;
/** Groups and bytes that must have arrived for a result. Ours. */
const minGroups = 3;
/** Share of the sent bytes that must have arrived; libwebrtc's. */
const minReceivedShare = 0.8;
/** Receiving at less than this share of the sending rate shows the path full; libwebrtc's. */
const unsaturatedShare = 0.9;
/** What is then taken of the receiving rate; libwebrtc's. */
const saturatedFactor = 0.95;

/**
 * The rate at which a probe's packets arrived, with everything else that was sent meanwhile: from the first group's arrival to the
 * last group's, without the bytes of that one.
 */
export class ProbeMeasurement {
  #startedAtMs = -1;
  #endedAtMs = Number.POSITIVE_INFINITY;
  #groups = 0;
  #groupSentMs = 0;
  #groupBytes = 0;
  #firstSentMs = 0;
  #firstArrivalMs = 0;
  #groupArrivalMs = 0;
  /** Of all groups but the last. */
  #bytes = 0;
  #lastHeardMs = Number.NEGATIVE_INFINITY;

  get isRunning(): boolean {
    return this.#startedAtMs >= 0;
  }

  /** When the youngest packet that arrived was sent. */
  get lastHeardMs(): number {
    return this.#lastHeardMs;
  }

  start(nowMs: number): void {
    this.#startedAtMs = nowMs;
    this.#endedAtMs = Number.POSITIVE_INFINITY;
    this.#groups = 0;
    this.#groupBytes = 0;
    this.#bytes = 0;
    this.#lastHeardMs = Number.NEGATIVE_INFINITY;
  }

  /** Packets sent from now on do not count. */
  end(nowMs: number): void {
    this.#endedAtMs = nowMs;
  }

  stop(): void {
    this.#startedAtMs = -1;
  }

  /** For each packet that arrived, in the order of sending. */
  add(sentMs: number, arrivalMs: number, bytes: number): void {
    if (this.#startedAtMs < 0 || sentMs < this.#startedAtMs) return;
    this.#lastHeardMs = sentMs;
    if (sentMs > this.#endedAtMs) return;
    if (this.#groups === 0 || sentMs - this.#groupSentMs > burstMs) {
      if (this.#groups === 0) {
        this.#firstSentMs = sentMs;
        this.#firstArrivalMs = arrivalMs;
      }
      this.#bytes += this.#groupBytes;
      this.#groupBytes = 0;
      this.#groups += 1;
      this.#groupSentMs = sentMs;
      this.#groupArrivalMs = arrivalMs;
    }
    this.#groupBytes += bytes;
  }

  /**
   * In bit/s; undefined when too little arrived.
   *
   * @param sentBytes between start and end
   */
  bitrate(sentBytes: number): number | undefined {
    const sentSpanMs = this.#groupSentMs - this.#firstSentMs;
    const arrivalSpanMs = this.#groupArrivalMs - this.#firstArrivalMs;
    if (this.#groups < minGroups || sentSpanMs <= 0 || arrivalSpanMs <= 0) return undefined;
    if (this.#bytes + this.#groupBytes < minReceivedShare * sentBytes) return undefined;
    const sendRate = (this.#bytes * 8_000) / sentSpanMs;
    const receiveRate = (this.#bytes * 8_000) / arrivalSpanMs;
    return receiveRate < unsaturatedShare * sendRate ? saturatedFactor * receiveRate : Math.min(sendRate, receiveRate);
  }
}
