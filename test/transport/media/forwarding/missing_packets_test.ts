import { describe, expect, it } from "vitest";
import { MissingPackets, maxMissingPackets } from "../../../../transport/media/forwarding/missing_packets.ts";

/** When each request goes out, with a look every `stepMs`. */
function run(missing: MissingPackets, fromMs: number, toMs: number, stepMs = 10): [number, readonly number[]][] {
  const asked: [number, readonly number[]][] = [];
  for (let nowMs = fromMs; nowMs <= toMs; nowMs += stepMs) {
    const numbers = missing.take(nowMs);
    if (numbers.length > 0) asked.push([nowMs, [...numbers]]);
  }
  return asked;
}

describe("Missing packets", () => {
  it("[RX50] are asked for when they have not come 10 ms later", () => {
    const missing = new MissingPackets();
    expect(missing.add(65_534, 65_538, 1_000)).toBe(true);
    expect(missing.take(1_009)).toEqual([]);
    missing.remove(65_535);
    expect(missing.take(1_010)).toEqual([65_534, 0, 1]);
    expect(missing.count).toBe(3);
  });

  it("[RX50] that came are asked for no more", () => {
    const missing = new MissingPackets();
    missing.add(10, 20, 0);
    missing.add(30, 32, 5);
    for (const index of [10, 15, 19, 31, 31, 25, 9, 40]) missing.remove(index);
    expect(missing.take(20)).toEqual([11, 12, 13, 14, 16, 17, 18, 30]);
    missing.clear();
    expect(run(missing, 20, 2_000)).toEqual([]);
  });

  it("[RX51] are asked for again after each round-trip time", () => {
    const missing = new MissingPackets();
    missing.add(5, 6, 0);
    expect(run(missing, 0, 450).map(([nowMs]) => nowMs)).toEqual([10, 110, 210, 310, 410]);
    missing.clear();
    missing.roundTripMs = 200;
    missing.add(5, 6, 1_000);
    expect(run(missing, 1_000, 1_450).map(([nowMs]) => nowMs)).toEqual([1_010, 1_210, 1_410]);
  });

  it("[RX51] are asked for every 20 ms at most, every 500 at least, whatever the round-trip time is", () => {
    const missing = new MissingPackets();
    missing.roundTripMs = 0;
    missing.add(5, 6, 0);
    expect(run(missing, 0, 60).map(([nowMs]) => nowMs)).toEqual([10, 30, 50]);
    missing.clear();
    missing.roundTripMs = 60_000;
    missing.add(5, 6, 1_000);
    expect(run(missing, 1_000, 1_600).map(([nowMs]) => nowMs)).toEqual([1_010, 1_510]);
  });

  it("[RX51] are given up after ten requests, or after a second", () => {
    const missing = new MissingPackets();
    missing.roundTripMs = 30;
    missing.add(5, 6, 0);
    expect(run(missing, 0, 5_000)).toHaveLength(10);
    expect(missing.count).toBe(0);
    missing.roundTripMs = 150;
    missing.add(6, 7, 10_000);
    expect(run(missing, 10_000, 20_000).at(-1)?.[0]).toBe(10_910);
    expect(missing.count).toBe(0);
  });

  it("[RX52] are all given up when they are more than 1,000", () => {
    const missing = new MissingPackets();
    expect(maxMissingPackets).toBe(1_000);
    expect(missing.add(0, 400, 0)).toBe(true);
    expect(missing.add(500, 1_100, 0)).toBe(true);
    expect(missing.count).toBe(1_000);
    expect(missing.add(1_200, 1_201, 0)).toBe(false);
    expect(missing.count).toBe(0);
    expect(missing.add(2_000, 2_000 + 2_999, 0)).toBe(false);
    expect(run(missing, 0, 1_000)).toEqual([]);
  });
});
