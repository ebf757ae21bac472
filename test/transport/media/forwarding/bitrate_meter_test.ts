import { describe, expect, it } from "vitest";
import { BitrateMeter } from "../../../../transport/media/forwarding/bitrate_meter.ts";

/** 50 packets a second, of which every second is of layer 1. */
function run(meter: BitrateMeter, fromMs: number, toMs: number, bytes = 1_000): void {
  for (let nowMs = fromMs; nowMs < toMs; nowMs += 20) meter.add(bytes, (nowMs / 20) % 2, nowMs);
}

describe("Bit rate", () => {
  it("[RX40] is that of about the last second, in all and up to each temporal layer", () => {
    const meter = new BitrateMeter();
    run(meter, 10_000, 14_000);
    expect(meter.total(14_000)).toBeCloseTo(400_000, -4);
    const [base, all] = meter.totals(14_000);
    expect(base).toBeCloseTo(200_000, -4.5);
    expect(all).toBe(meter.total(14_000));
    run(meter, 14_000, 15_200, 2_000);
    expect(meter.total(15_200)).toBeCloseTo(800_000, -4);
  });

  it("[RX40] falls to nothing within 1.3 s of the last packet", () => {
    const meter = new BitrateMeter();
    run(meter, 0, 4_000);
    expect(meter.total(4_500)).toBeGreaterThan(100_000);
    expect(meter.total(4_500)).toBeLessThan(300_000);
    expect(meter.total(5_250)).toBe(0);
    expect(meter.totals(1e9)).toEqual([0]);
  });

  it("[RX40] is not that of time before the stream began, or began again", () => {
    const meter = new BitrateMeter();
    expect(meter.totals(77)).toEqual([0]);
    run(meter, 1_000, 1_500);
    expect(meter.total(1_500)).toBeCloseTo(400_000, -5);
    run(meter, 100_000, 100_500);
    expect(meter.total(100_500)).toBeCloseTo(400_000, -5);
  });

  it("[RX40] counts temporal layers above the fourth as the fourth", () => {
    const meter = new BitrateMeter();
    for (let nowMs = 0; nowMs < 2_000; nowMs += 10) meter.add(100, 7, nowMs);
    expect(meter.totals(2_000)).toEqual([0, 0, 0, 80_000].map((rate) => expect.closeTo(rate, -4)));
  });
});
