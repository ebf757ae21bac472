import { expect, it } from "vitest";
import { AimdRateControl } from "../../../../transport/media/congestion/aimd_rate_control.ts";
import type { BandwidthUsage } from "../../../../transport/media/congestion/delay_trend.ts";

const bounds = { startBitrate: 1_000_000, minBitrate: 50_000, maxBitrate: 20_000_000 };

/** Steps each 100 ms with as much acknowledged as is allowed. */
function run(rate: AimdRateControl, usage: BandwidthUsage, fromMs: number, toMs: number): void {
  for (let nowMs = fromMs; nowMs < toMs; nowMs += 100) {
    rate.step({ usage, acknowledgedBitrate: rate.bitrate, roundTripMs: 100, mayIncrease: true }, nowMs);
  }
}

it("[BW15] grows by 8 % a second while the capacity is unknown, by a packet each response time near it", () => {
  const rate = new AimdRateControl(bounds);
  run(rate, "normal", 0, 5_100);
  expect(rate.bitrate / 1_000_000).toBeCloseTo(1.08 ** 5, 2);
  const before = rate.bitrate;
  run(rate, "overusing", 5_100, 5_200);
  expect(rate.bitrate).toBeCloseTo(0.85 * before);
  run(rate, "normal", 5_200, 6_300);
  // 9,600 bits each 200 ms.
  expect(rate.bitrate - 0.85 * before).toBeCloseTo(48_000, -2);
});

it("[BW15] holds while the queue drains, and falls once for each sign of congestion", () => {
  const rate = new AimdRateControl(bounds);
  run(rate, "overusing", 0, 200);
  expect(rate.bitrate).toBe(850_000);
  run(rate, "underusing", 200, 1_000);
  expect(rate.bitrate).toBe(850_000);
});

it("[BW15] stays in its bounds", () => {
  const rate = new AimdRateControl(bounds);
  rate.limit(1);
  expect(rate.bitrate).toBe(50_000);
  run(rate, "overusing", 0, 10_000);
  expect(rate.bitrate).toBe(50_000);
  rate.prove(1e9);
  expect(rate.bitrate).toBe(20_000_000);
  run(rate, "normal", 10_000, 20_000);
  expect(rate.bitrate).toBe(20_000_000);
});
