import { describe, expect, it } from "vitest";
import type { SenderReport } from "../../../../transport/media/forwarding/media_source.ts";
import { maxClockDeviationMs, TimestampMap } from "../../../../transport/media/forwarding/timestamp_map.ts";
import { FakeSource, makePacket } from "./sent_stream_rig.ts";

const clockRate = 90_000;

interface Step {
  readonly layer: number;
  readonly timestamp: number;
  readonly atMs: number;
}

class Clocks {
  readonly source = new FakeSource("video", 3);
  readonly map = new TimestampMap(1_000);

  begin({ layer, timestamp, atMs }: Step): number {
    const packet = makePacket({ timestamp, receivedAtMs: atMs });
    this.map.begin(packet, layer, { layers: this.source.layers, clockRate });
    return this.map.map(packet) >>> 0;
  }

  next(timestamp: number, atMs: number): number {
    return this.map.map(makePacket({ timestamp, receivedAtMs: atMs })) >>> 0;
  }

  report(layer: number, report: SenderReport): void {
    const target = this.source.layers[layer];
    if (target !== undefined) target.senderReport = report;
  }
}

describe("TimestampMap", () => {
  it("[TX5] begins where it is told, and keeps the steps of the source over the wrap of 32 bits", () => {
    const clocks = new Clocks();
    expect(clocks.begin({ layer: 0, timestamp: 2 ** 32 - 1_500, atMs: 0 })).toBe(1_000);
    expect(clocks.next(1_500, 33)).toBe(4_000);
    expect(clocks.next(2 ** 32 - 1_500, 34)).toBe(1_000);
  });

  it("[TX6] steps to another layer by the clock of both, whenever their packets come", () => {
    const clocks = new Clocks();
    clocks.report(0, { ntpMs: 5_000, rtpTimestamp: 10_000, receivedAtMs: 0 });
    clocks.report(1, { ntpMs: 5_100, rtpTimestamp: 4_000_000_000, receivedAtMs: 100 });
    expect(clocks.begin({ layer: 0, timestamp: 10_000, atMs: 0 })).toBe(1_000);
    // 300 ms after the packet before by the sender's clock, and 450 by the arrivals.
    expect(clocks.begin({ layer: 1, timestamp: 4_000_000_000 + 200 * 90, atMs: 450 })).toBe(1_000 + 300 * 90);
    expect(clocks.begin({ layer: 0, timestamp: 10_000 + 333 * 90, atMs: 460 })).toBe(1_000 + 333 * 90);
  });

  it("[TX6] goes on by a millisecond where two layers show one instant, and makes up for it with the next step", () => {
    const clocks = new Clocks();
    for (const layer of [0, 1, 2]) clocks.report(layer, { ntpMs: 0, rtpTimestamp: layer * 1_000_000, receivedAtMs: 0 });
    expect(clocks.begin({ layer: 0, timestamp: 0, atMs: 0 })).toBe(1_000);
    expect(clocks.begin({ layer: 1, timestamp: 1_000_000, atMs: 5 })).toBe(1_090);
    expect(clocks.begin({ layer: 2, timestamp: 2_000_000, atMs: 10 })).toBe(1_180);
    expect(clocks.next(2_003_000, 40)).toBe(4_180);
    expect(clocks.begin({ layer: 2, timestamp: 2_003_000, atMs: 41 })).toBe(4_270);
    expect(clocks.begin({ layer: 0, timestamp: 6_000, atMs: 75 })).toBe(7_000);
  });

  it("[TX7] goes by the arrivals while a report is missing", () => {
    const clocks = new Clocks();
    clocks.report(0, { ntpMs: 5_000, rtpTimestamp: 10_000, receivedAtMs: 0 });
    clocks.begin({ layer: 0, timestamp: 10_000, atMs: 0 });
    expect(clocks.begin({ layer: 1, timestamp: 77, atMs: 200 })).toBe(1_000 + 200 * 90);
    expect(clocks.begin({ layer: 2, timestamp: 99, atMs: 200 })).toBe(1_000 + 201 * 90);
  });

  it("[TX7] goes by the arrivals where reports tell what cannot be", () => {
    for (const wrong of [maxClockDeviationMs + 1, -maxClockDeviationMs - 1, 1e15, -1e15, Number.NaN]) {
      const clocks = new Clocks();
      clocks.report(0, { ntpMs: 5_000, rtpTimestamp: 10_000, receivedAtMs: 0 });
      clocks.report(1, { ntpMs: 5_000 + wrong, rtpTimestamp: 50_000, receivedAtMs: 0 });
      clocks.begin({ layer: 0, timestamp: 10_000, atMs: 0 });
      const sent = clocks.begin({ layer: 1, timestamp: 50_000 + 9_000, atMs: 100 });
      if (!Number.isNaN(wrong)) expect(sent).toBe(1_000 + 9_000);
      expect(Math.abs(sent - 10_000)).toBeLessThanOrEqual(maxClockDeviationMs * 90);
    }
  });

  it("[TX7] keeps the clock of a layer that goes on after a pause, and shows how long one took that does not", () => {
    const clocks = new Clocks();
    clocks.begin({ layer: 0, timestamp: 500, atMs: 0 });
    expect(clocks.begin({ layer: 0, timestamp: 500 + 60_050 * 90, atMs: 60_000 })).toBe(1_000 + 60_050 * 90);
    expect(clocks.begin({ layer: 0, timestamp: 17, atMs: 70_000 })).toBe(1_000 + 70_050 * 90);
  });

  it("[TX7] never goes back, however long a pause was", () => {
    const clocks = new Clocks();
    const before = clocks.begin({ layer: 0, timestamp: 500, atMs: 0 });
    const after = clocks.begin({ layer: 1, timestamp: 17, atMs: 8 * 3_600_000 });
    expect((after - before) | 0).toBeGreaterThan(0);
    const again = clocks.begin({ layer: 0, timestamp: 17, atMs: 7 * 3_600_000 });
    expect((again - after) | 0).toBeGreaterThan(0);
  });
});
