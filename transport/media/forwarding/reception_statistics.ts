import { toCompactSpan } from "../rtp/ntp_time.ts";
import type { ReceptionReport, SenderInfo } from "../rtp/rtcp_listener.ts";
import type { SenderReport } from "./media_source.ts";

/** A jump forward over more than this is a new beginning, not loss. Ours, as RFC 3550, A.1 (MAX_DROPOUT) has it. */
export const maxSequenceJump = 3_000;
/** Seconds of difference in delay from which the sender's clock jumped rather than the path, as libwebrtc has it. */
const maxTransitJumpSeconds = 5;

/** What is told of one stream to its sender (RFC 3550, 6.4.1 and appendices A.3 and A.8). */
export class ReceptionStatistics {
  readonly #ssrc: number;
  /** Of the first packet. */
  #base = -1;
  #highest = -1;
  #received = 0;
  /** As they were at the last report. */
  #expectedBefore = 0;
  #receivedBefore = 0;
  /** Before the last new beginning. */
  #lostBefore = 0;
  #receivedEarlier = 0;
  #timestamp = -1;
  #transit = 0;
  #hasTransit = false;
  #jitter = 0;
  #senderReport: SenderReport | undefined;
  #lastSr = 0;

  constructor(ssrc: number) {
    this.#ssrc = ssrc;
  }

  /** The highest packet index that came; -1 before the first. */
  get highest(): number {
    return this.#highest;
  }

  /** In all, without retransmissions. */
  get packets(): number {
    return this.#receivedEarlier + this.#received;
  }

  /** In all, those that came again as retransmissions among them. */
  get packetsLost(): number {
    if (this.#highest < 0) return 0;
    return this.#lostBefore + this.#highest - this.#base + 1 - this.#received;
  }

  get senderReport(): SenderReport | undefined {
    return this.#senderReport;
  }

  /** Counts a packet of the stream, also one without a payload; not one that came as a retransmission on another SSRC. */
  add(index: number, timestamp: number, clockRate: number, nowMs: number): void {
    if (this.#highest < 0 || index > this.#highest + maxSequenceJump) this.#begin(index);
    this.#received += 1;
    if (index <= this.#highest) return;
    this.#highest = index;
    // The packets of a frame share its timestamp and are sent one after another: the first says how long the path was.
    if (timestamp === this.#timestamp) return;
    this.#timestamp = timestamp;
    this.#addTransit(timestamp, clockRate, nowMs);
  }

  /** Takes in what the stream's sender says of it. */
  addSenderReport(info: SenderInfo, nowMs: number): void {
    this.#lastSr = info.compactNtp;
    this.#senderReport = { ntpMs: info.ntpMs, rtpTimestamp: info.rtpTimestamp, receivedAtMs: nowMs };
  }

  /** What came since the last call; undefined when nothing did, as of such a stream nothing is told (RFC 3550, 6.4). */
  report(nowMs: number): ReceptionReport | undefined {
    const received = this.#received - this.#receivedBefore;
    if (received === 0) return undefined;
    const expectedInAll = this.#highest - this.#base + 1;
    const expected = expectedInAll - this.#expectedBefore;
    this.#receivedBefore = this.#received;
    this.#expectedBefore = expectedInAll;
    const lost = expected - received;
    const cumulativeLost = this.packetsLost;
    const report = this.#senderReport;
    return {
      ssrc: this.#ssrc,
      fractionLost: lost <= 0 ? 0 : Math.min(Math.floor((lost * 256) / expected), 255),
      cumulativeLost: Math.max(-0x800000, Math.min(cumulativeLost, 0x7fffff)),
      highestSequenceNumber: this.#highest >>> 0,
      jitter: Math.floor(this.#jitter),
      lastSr: this.#lastSr,
      delaySinceLastSr: report === undefined ? 0 : toCompactSpan(nowMs - report.receivedAtMs),
    };
  }

  #begin(index: number): void {
    this.#lostBefore = this.packetsLost;
    this.#receivedEarlier += this.#received;
    this.#base = index;
    this.#highest = index - 1;
    this.#received = 0;
    this.#expectedBefore = 0;
    this.#receivedBefore = 0;
    this.#hasTransit = false;
  }

  /** RFC 3550, A.8; the times are those of the stream's clock, modulo 2^32. */
  #addTransit(timestamp: number, clockRate: number, nowMs: number): void {
    const transit = (Math.round((nowMs * clockRate) / 1_000) - timestamp) | 0;
    const difference = Math.abs((transit - this.#transit) | 0);
    this.#transit = transit;
    if (this.#hasTransit && difference < maxTransitJumpSeconds * clockRate) {
      this.#jitter += (difference - this.#jitter) / 16;
    }
    this.#hasTransit = true;
  }
}
