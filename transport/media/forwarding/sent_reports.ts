import { toCompactNtp } from "../rtp/ntp_time.ts";
import type { ReceptionReport } from "../rtp/rtcp_listener.ts";
import type { SenderReport } from "./media_source.ts";

/** Sender reports that an answer may still come to: some seconds' worth. Ours. */
const keptReports = 8;
/** A round trip over this is none that was measured. Ours. */
const maxRttMs = 10_000;
/** The weight of a new round trip in the smoothed one (RFC 6298, 2). */
const rttWeight = 1 / 8;

/** The stream as it is now. */
export interface SentSoFar {
  readonly report: SenderReport | undefined;
  /** What is added to the timestamps of the layer. */
  readonly offset: number;
  readonly clockRate: number;
  readonly packetCount: number;
}

/** When the stream was what, by the source's clock. */
interface Instant {
  readonly ntpMs: number;
  /** 32 bits, unsigned. */
  readonly rtpTimestamp: number;
}

/**
 * The sender reports of one sent stream, and what its receiver answers. The source's own clock is passed on, so that a receiver keeps
 * the tracks of a source in step whatever the ways here and on took; nothing is told before the source told something.
 */
export class SentReports {
  /** Smoothed; -1 while unknown. */
  rttMs = -1;
  /** In all, of the last reception report. */
  packetsLost = 0;
  /** A reception report came: the receiver knows the stream. */
  isKnown = false;
  #instant: Instant | undefined;
  #instantAtMs = 0;
  /** What had been sent at the last report, and at the one before it. */
  #toldPackets = 0;
  #toldPacketsBefore = 0;
  readonly #compactNtps = new Float64Array(keptReports).fill(-1);
  readonly #sentAtMs = new Float64Array(keptReports);
  #count = 0;

  /**
   * What the stream is at a time, to be told right away.
   *
   * @param report the last one of the layer that is sent; without one, the clock of before goes on
   * @returns undefined as long as the source told nothing, and when nothing was sent since the report before the last
   *   (RFC 3550, 6.4)
   */
  tell(nowMs: number, { report, offset, clockRate, packetCount }: SentSoFar): Instant | undefined {
    if (packetCount === this.#toldPacketsBefore) return undefined;
    let instant = this.#instant;
    if (report !== undefined) {
      const sinceMs = nowMs - report.receivedAtMs;
      const base = { ntpMs: report.ntpMs, rtpTimestamp: report.rtpTimestamp + offset };
      instant = advance(base, sinceMs, clockRate);
    } else if (instant !== undefined) instant = advance(instant, nowMs - this.#instantAtMs, clockRate);
    if (instant === undefined) return undefined;
    this.#instant = instant;
    this.#instantAtMs = nowMs;
    const slot = this.#count % keptReports;
    this.#compactNtps[slot] = toCompactNtp(instant.ntpMs);
    this.#sentAtMs[slot] = nowMs;
    this.#count += 1;
    this.#toldPacketsBefore = this.#toldPackets;
    this.#toldPackets = packetCount;
    return instant;
  }

  /** What the receiver says (RFC 3550, 6.4.1). */
  receive(report: ReceptionReport, nowMs: number): void {
    this.isKnown = true;
    this.packetsLost = report.cumulativeLost;
    if (report.lastSr === 0) return;
    // What was written into the report may be rounded otherwise.
    const slot = this.#compactNtps.findIndex((ntp) => ntp >= 0 && Math.abs((ntp - report.lastSr) | 0) <= 1);
    if (slot === -1) return;
    const heldMs = (report.delaySinceLastSr / 65_536) * 1_000;
    const rttMs = Math.max(nowMs - (this.#sentAtMs[slot] as number) - heldMs, 0);
    if (rttMs > maxRttMs) return;
    this.rttMs = this.rttMs < 0 ? rttMs : this.rttMs + (rttMs - this.rttMs) * rttWeight;
  }
}

function advance({ ntpMs, rtpTimestamp }: Instant, ms: number, clockRate: number): Instant {
  return { ntpMs: ntpMs + ms, rtpTimestamp: (rtpTimestamp + Math.round((ms / 1_000) * clockRate)) >>> 0 };
}
