/** Losses up to this share are the path's own (draft-ietf-rmcat-gcc-02, 6). */
export const lowLoss = 0.02;
/** Losses over this share are congestion (draft-ietf-rmcat-gcc-02, 6). */
export const highLoss = 0.1;
/** Shortest time that losses are counted over, in milliseconds. Ours: with fewer packets a window goes on. */
const minWindowMs = 500;
/** Packets that a share of losses is taken of, at least. Ours: with 20, as libwebrtc has it, 2 % of chance losses look like 10 % too often. */
const minPackets = 50;
/** Streams whose reports are remembered. Ours: what a client can be sent. */
const maxStreams = 512;
/** A jump of more than this many packets is a new beginning. Ours. */
const maxReportedPackets = 50_000;

/** The share of packets that got lost, over windows of half a second or more. */
export class LossWindow {
  #startedAtMs = -1;
  #expected = 0;
  #lost = 0;
  readonly #highestSequenceNumbers = new Map<number, number>();
  #ratio = 0;
  #previousRatio = 0;

  /** Of the last two windows, 0 to 1. */
  get ratio(): number {
    return (this.#ratio + this.#previousRatio) / 2;
  }

  count(expected: number, lost: number): void {
    this.#expected += expected;
    this.#lost += lost;
  }

  /**
   * A block of a receiver report (RFC 3550, 6.4.1).
   *
   * @param fractionLost in 256ths
   * @param highestSequenceNumber extended, 32 bits
   */
  countReport(ssrc: number, fractionLost: number, highestSequenceNumber: number): void {
    const previous = this.#highestSequenceNumbers.get(ssrc);
    if (previous === undefined && this.#highestSequenceNumbers.size >= maxStreams) this.#highestSequenceNumbers.clear();
    this.#highestSequenceNumbers.set(ssrc, highestSequenceNumber);
    if (previous === undefined) return;
    const expected = (highestSequenceNumber - previous) | 0;
    if (expected > 0 && expected <= maxReportedPackets) this.count(expected, (expected * fractionLost) / 256);
  }

  /** True when a window ended, and `ratio` is new. */
  roll(nowMs: number): boolean {
    if (this.#startedAtMs < 0) this.#startedAtMs = nowMs;
    if (nowMs - this.#startedAtMs < minWindowMs || this.#expected < minPackets) return false;
    this.#previousRatio = this.#ratio;
    this.#ratio = Math.min(Math.max(this.#lost / this.#expected, 0), 1);
    this.#startedAtMs = nowMs;
    this.#expected = 0;
    this.#lost = 0;
    return true;
  }
}
