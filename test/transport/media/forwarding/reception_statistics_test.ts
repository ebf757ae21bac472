import { describe, expect, it } from "vitest";
import { ReceptionStatistics } from "../../../../transport/media/forwarding/reception_statistics.ts";

const clockRate = 90_000;

/** A stream whose packets come every 10 ms, a frame each. */
class Stream {
  readonly statistics = new ReceptionStatistics(0x89abcdef);
  nowMs = 1_000;

  receive(...indexes: number[]): void {
    for (const index of indexes) {
      this.nowMs += 10;
      this.statistics.add(index, (index * 900) >>> 0, clockRate, this.nowMs);
    }
  }

  report(): Record<string, unknown> {
    return { ...this.statistics.report(this.nowMs) };
  }
}

function range(first: number, end: number): number[] {
  return Array.from({ length: end - first }, (_, i) => first + i);
}

describe("Reception statistics", () => {
  it("[RX30] tell what was lost since the last report, and in all", () => {
    const stream = new Stream();
    stream.receive(...range(100, 200));
    expect(stream.report()).toMatchObject({
      ssrc: 0x89abcdef,
      fractionLost: 0,
      cumulativeLost: 0,
      highestSequenceNumber: 199,
      lastSr: 0,
      delaySinceLastSr: 0,
    });
    // 75 of 100.
    stream.receive(...range(225, 300));
    expect(stream.report()).toMatchObject({ fractionLost: 64, cumulativeLost: 25, highestSequenceNumber: 299 });
    stream.receive(...range(300, 310));
    expect(stream.report()).toMatchObject({ fractionLost: 0, cumulativeLost: 25 });
  });

  it("[RX30] do not count a packet as lost that came late", () => {
    const stream = new Stream();
    stream.receive(0, 1, 2, 5);
    expect(stream.report()).toMatchObject({ fractionLost: Math.floor((2 * 256) / 6), cumulativeLost: 2 });
    stream.receive(3, 4, 6);
    // More came than were new: no loss, rather than less than none.
    expect(stream.report()).toMatchObject({ fractionLost: 0, cumulativeLost: 0, highestSequenceNumber: 6 });
  });

  it("[RX30] count on past 65,535, and past 32 bits", () => {
    const stream = new Stream();
    stream.receive(65_534, 65_535, 65_537);
    expect(stream.report()).toMatchObject({ highestSequenceNumber: 0x10001, cumulativeLost: 1 });
    const old = new Stream();
    old.receive(2 ** 32 - 1, 2 ** 32);
    expect(old.report()).toMatchObject({ highestSequenceNumber: 0, cumulativeLost: 0 });
  });

  it("[RX31] tell how the delay varies (RFC 3550, A.8)", () => {
    const stream = new ReceptionStatistics(1);
    let nowMs = 0;
    let jitter = 0;
    for (let frame = 0; frame < 40; frame += 1) {
      // 20 ms a frame of 30: 10 ms of difference, 900 units, each time.
      nowMs += 20;
      stream.add(frame, frame * 2_700, clockRate, nowMs);
      if (frame > 0) jitter += (900 - jitter) / 16;
    }
    expect(stream.report(nowMs)?.jitter).toBe(Math.floor(jitter));
    const even = new Stream();
    even.receive(...range(0, 50));
    expect(even.report()).toMatchObject({ jitter: 0 });
  });

  it("[RX31] take the first packet of each frame for it, and none that comes late", () => {
    const stream = new ReceptionStatistics(1);
    for (let frame = 0; frame < 20; frame += 1) {
      for (let part = 0; part < 5; part += 1) stream.add(frame * 6 + part, frame * 900, clockRate, frame * 10 + part);
    }
    stream.add(5, 0, clockRate, 900);
    expect(stream.report(1_000)?.jitter).toBe(0);
  });

  it("[RX31] go on when the timestamps of a stream jump, or wrap", () => {
    const stream = new ReceptionStatistics(1);
    for (let frame = 0; frame < 50; frame += 1) {
      stream.add(frame, (frame * 900 + 0xffff_f000) >>> 0, clockRate, 1e8 + frame * 10);
    }
    for (let frame = 50; frame < 60; frame += 1)
      stream.add(frame, 3_000_000_000 + frame * 900, clockRate, 1e8 + frame * 10);
    expect(stream.report(1e8 + 600)?.jitter).toBe(0);
  });

  it("[RX32] repeat the last sender report as it came, and say how long ago that was", () => {
    const stream = new Stream();
    stream.receive(1, 2);
    const info = {
      ntpMs: 3_918_196_800_500,
      compactNtp: 0xabcd8001,
      rtpTimestamp: 4_000_000_000,
      packetCount: 1,
      octetCount: 2,
    };
    stream.statistics.addSenderReport(info, stream.nowMs - 1_500);
    expect(stream.report()).toMatchObject({ lastSr: 0xabcd8001, delaySinceLastSr: 98_304 });
    expect(stream.statistics.senderReport).toEqual({
      ntpMs: 3_918_196_800_500,
      rtpTimestamp: 4_000_000_000,
      receivedAtMs: stream.nowMs - 1_500,
    });
  });

  it("[RX33] begin anew after a jump over more than 3,000 packets", () => {
    const stream = new Stream();
    stream.receive(...range(0, 10), 12);
    stream.report();
    stream.receive(12 + 3_001, 12 + 3_002);
    expect(stream.report()).toMatchObject({ fractionLost: 0, cumulativeLost: 2, highestSequenceNumber: 3_014 });
    stream.receive(3_014 + 3_000);
    expect(stream.report()).toMatchObject({ fractionLost: 255, cumulativeLost: 3_001 });
  });

  it("[RX34] are not told of a stream of which nothing came since the last report", () => {
    const stream = new Stream();
    expect(stream.statistics.report(0)).toBeUndefined();
    stream.receive(1);
    expect(stream.statistics.report(10)).toBeDefined();
    expect(stream.statistics.report(20)).toBeUndefined();
    stream.receive(2);
    expect(stream.statistics.report(30)).toBeDefined();
  });
});
