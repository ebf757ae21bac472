import { readUint32 } from "./rtp_header.ts";

/** Seconds from 1900, where NTP begins, to 1970 (RFC 5905, 6). */
const unixEpochSeconds = 2_208_988_800;
/** When `performance.now` was 0, in milliseconds of NTP. Kept, so that a clock that is set does not move media. */
const originMs = performance.timeOrigin + unixEpochSeconds * 1_000;

/** The wall clock for RTCP: milliseconds since 1900, with fractions, from milliseconds of `performance.now`. */
export function toNtpMs(nowMs: number): number {
  return originMs + nowMs;
}

/** Writes the 64 bits of a sender report (RFC 3550, 4); they are there again after the end of era 0, in 2036. */
export function writeNtp(bytes: Buffer, offset: number, ntpMs: number): void {
  const seconds = Math.floor(ntpMs / 1_000);
  bytes.writeUInt32BE(seconds % 2 ** 32, offset);
  bytes.writeUInt32BE(Math.floor(((ntpMs - seconds * 1_000) / 1_000) * 2 ** 32), offset + 4);
}

/** Reads them, as milliseconds since 1900. */
export function readNtp(bytes: Buffer, offset: number): number {
  return readUint32(bytes, offset) * 1_000 + (readUint32(bytes, offset + 4) / 2 ** 32) * 1_000;
}

/** The middle 32 bits of a timestamp that stands in `bytes`: what a report repeats as LSR (RFC 3550, 6.4.1). */
export function readCompactNtp(bytes: Buffer, offset: number): number {
  return readUint32(bytes, offset + 2);
}

/** The same of a time: seconds of 16 bits and a fraction of 16 bits. */
export function toCompactNtp(ntpMs: number): number {
  return Math.floor((ntpMs / 1_000) * 65_536) % 2 ** 32;
}

/** A span in units of 1/65,536 s, as DLSR has it; it is cut off at what 32 bits hold. */
export function toCompactSpan(ms: number): number {
  return Math.min(Math.round((Math.max(ms, 0) / 1_000) * 65_536), 2 ** 32 - 1);
}

/**
 * The round-trip time that a reception report shows (RFC 3550, 6.4.1), in milliseconds; -1 when its sender had no sender report yet,
 * or when the times cannot be right.
 */
export function toRoundTripMs(nowNtpMs: number, lastSr: number, delaySinceLastSr: number): number {
  if (lastSr === 0) return -1;
  const span = (toCompactNtp(nowNtpMs) - lastSr - delaySinceLastSr) | 0;
  // A little below zero is what rounding makes of a short path.
  if (span < 0) return span > -maxRounding ? 0 : -1;
  return (span / 65_536) * 1_000;
}

/** 10 ms, in units of 1/65,536 s. Ours. */
const maxRounding = 655;
