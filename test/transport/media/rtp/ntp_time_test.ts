import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  readCompactNtp,
  readNtp,
  toCompactNtp,
  toCompactSpan,
  toNtpMs,
  toRoundTripMs,
  writeNtp,
} from "../../../../transport/media/rtp/ntp_time.ts";

/** 2024-02-29 12:00:00.5 UTC: the seconds of NTP are 3,918,196,800. */
const leapDayMs = Date.UTC(2024, 1, 29, 12) + 500;
const leapDayNtpMs = 3_918_196_800_500;

describe("NTP time", () => {
  it("[RX16] counts from 1900", () => {
    expect(toNtpMs(leapDayMs - performance.timeOrigin)).toBeCloseTo(leapDayNtpMs, 2);
  });

  it("[RX16] stands as seconds and their fraction in 64 bits", () => {
    const bytes = Buffer.alloc(10, 0xee);
    writeNtp(bytes, 1, leapDayNtpMs);
    expect(bytes.toString("hex")).toBe(`ee${(3_918_196_800).toString(16)}80000000ee`);
    expect(readNtp(bytes, 1)).toBe(leapDayNtpMs);
  });

  it("[RX16] is read as it was written, to a microsecond", () => {
    const bytes = Buffer.alloc(8);
    fc.assert(
      fc.property(fc.double({ min: 0, max: 2 ** 32 * 1_000 - 1, noNaN: true }), (ntpMs) => {
        writeNtp(bytes, 0, ntpMs);
        expect(Math.abs(readNtp(bytes, 0) - ntpMs)).toBeLessThan(0.001);
      }),
    );
  });

  it("[RX16] goes on after the end of era 0", () => {
    const bytes = Buffer.alloc(8);
    writeNtp(bytes, 0, 2 ** 32 * 1_000 + 2_250);
    expect(bytes.toString("hex")).toBe("0000000240000000");
  });

  it("[RX16] is cut to its middle 32 bits in reports", () => {
    const bytes = Buffer.from("1234567890abcdef", "hex");
    expect(readCompactNtp(bytes, 0)).toBe(0x567890ab);
    expect(toCompactNtp(leapDayNtpMs)).toBe((3_918_196_800 % 65_536) * 65_536 + 0x8000);
    expect(toCompactSpan(1_500)).toBe(0x18000);
    expect(toCompactSpan(-1)).toBe(0);
    expect(toCompactSpan(1e12)).toBe(0xffffffff);
  });

  it("[RX17] gives the round-trip time of a report", () => {
    const lastSr = toCompactNtp(leapDayNtpMs);
    expect(toRoundTripMs(leapDayNtpMs + 5_120, lastSr, toCompactSpan(5_000))).toBeCloseTo(120, 0);
    // 65,536 s go round in it.
    const justBefore = 65_536_000 * 59_786 - 50;
    expect(toRoundTripMs(justBefore + 100, toCompactNtp(justBefore), 0)).toBeCloseTo(100, 0);
  });

  it("[RX17] gives none for a report that knows of no sender report, or cannot be right", () => {
    const lastSr = toCompactNtp(leapDayNtpMs);
    expect(toRoundTripMs(65_536_000 * 59_786 + 100, 0, 0)).toBe(-1);
    expect(toRoundTripMs(leapDayNtpMs + 1_000, lastSr, toCompactSpan(1_005))).toBe(0);
    expect(toRoundTripMs(leapDayNtpMs + 1_000, lastSr, toCompactSpan(3_000))).toBe(-1);
  });
});
