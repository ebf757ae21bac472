import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import {
  notReceived,
  TransportFeedbackReader,
} from "../../../../transport/media/congestion/transport_feedback_reader.ts";
import { TransportFeedback } from "../../../../transport/media/transport_feedback.ts";
import { buildFeedback } from "./build_feedback.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const reader = new TransportFeedbackReader();

function ticks(): (number | undefined)[] {
  return [...reader.arrivalTicks.subarray(0, reader.statusCount)].map((tick) =>
    tick === notReceived ? undefined : tick,
  );
}

/** What the writer makes of arrivals, by sequence number, in milliseconds. */
function write(arrivals: readonly (readonly [number, number])[]): Buffer[] {
  const packets: Buffer[] = [];
  let nowMs = 0;
  const writer = new TransportFeedback({ senderSsrc: 1, send: (packet) => packets.push(packet), now: () => nowMs });
  for (const [sequenceNumber, arrivalMs] of arrivals) {
    nowMs = arrivalMs;
    writer.receive(sequenceNumber, 2);
  }
  vi.advanceTimersByTime(1_000);
  writer.close();
  return packets;
}

describe("TransportFeedbackReader", () => {
  it("[BW3] reads what our writer tells, past the wrap of the numbers", () => {
    const random = fc.array(
      fc.record({ skip: fc.integer({ min: 1, max: 30 }), waitMs: fc.integer({ min: 0, max: 400 }) }),
      {
        minLength: 1,
        maxLength: 300,
      },
    );
    fc.assert(
      fc.property(random, fc.nat(65_535), (steps, first) => {
        let [number, timeMs] = [first, 5_000_000];
        const arrivals = steps.map(({ skip, waitMs }) => {
          number += skip;
          timeMs += waitMs / 4;
          return [number & 0xffff, timeMs] as const;
        });
        const read = new Map<number, number>();
        for (const packet of write(arrivals)) {
          expect(reader.read(packet)).toBe(true);
          for (const [index, tick] of ticks().entries()) {
            if (tick === undefined) continue;
            read.set((reader.baseSequenceNumber + index) & 0xffff, reader.referenceTime * 64 + tick / 4);
          }
        }
        expect([...read]).toEqual(arrivals.map(([sequenceNumber, ms]) => [sequenceNumber, ms]));
      }),
      { numRuns: 50 },
    );
  });

  it("[BW3] reads every kind of chunk and delta", () => {
    // A run of 3 lost, a run of 2 small ones, 14 of one bit, 7 of two bits of which 2 count.
    const packet = buildFeedback(
      21,
      [0x0003, 0x2002, 0b10_1000_0000_0000_01, 0b11_10_01_10_10_10_10_10],
      [1, 255, 10, 20, 0xff, 0xfe, 3],
    );
    expect(reader.read(packet)).toBe(true);
    expect([reader.baseSequenceNumber, reader.referenceTime, reader.packetCount]).toEqual([65_530, 0xabcdef, 9]);
    const lost = Array<undefined>(12).fill(undefined);
    expect(ticks()).toEqual([undefined, undefined, undefined, 1, 256, 266, ...lost, 286, 284, 287]);
  });

  it("[BW4] takes a run that is longer than what is told of", () => {
    expect(reader.read(buildFeedback(2, [0x3fff], [4, 4]))).toBe(true);
    expect(ticks()).toEqual([4, 8]);
  });

  it.each([
    ["nothing", Buffer.alloc(0)],
    ["another version", Buffer.concat([Buffer.from([0x4f]), buildFeedback(1, [0x2001], [4]).subarray(1)])],
    ["another kind of feedback", Buffer.concat([Buffer.from([0x81]), buildFeedback(1, [0x2001], [4]).subarray(1)])],
    ["another packet type", Buffer.concat([Buffer.from([0x8f, 206]), buildFeedback(1, [0x2001], [4]).subarray(2)])],
    ["no statuses", buildFeedback(0, [0x2001], [4])],
    ["more statuses than packets are remembered", buildFeedback(8_193, [0x1fff, 0x1fff, 0x1fff], [])],
    ["the reserved symbol in a run", buildFeedback(1, [0x6001], [4, 4])],
    ["the reserved symbol in a vector", buildFeedback(1, [0xf000], [4, 4])],
    ["too few chunks", buildFeedback(40_000 & 0x1fff, [0x0001], [])],
    ["too few small deltas", buildFeedback(40, [0x2028], [4, 4])],
    ["too few large deltas", buildFeedback(3, [0x4003], [4, 4])],
    [
      "more padding than there is",
      Buffer.concat([Buffer.from([0xaf]), buildFeedback(2, [0x2002], [4, 255]).subarray(1)]),
    ],
  ])("[BW4] refuses %s", (_, packet) => {
    expect(reader.read(packet)).toBe(false);
  });

  it("[BW4] refuses a packet that is cut anywhere", () => {
    const packet = buildFeedback(21, [0x0003, 0x2002, 0xa001, 0xe6aa], [1, 255, 10, 20, 0xff, 0xfe, 3]);
    for (let length = 0; length < packet.length; length += 1)
      expect(reader.read(packet.subarray(0, length))).toBe(false);
  });

  it("[BW4] reads or refuses whatever comes, with times only for what is told of", () => {
    const body = fc.uint8Array({ minLength: 0, maxLength: 200 });
    fc.assert(
      fc.property(body, fc.boolean(), fc.nat(0xffff), (bytes, isPadded, statusCount) => {
        const packet = buildFeedback(statusCount, [], [...bytes]);
        if (isPadded) packet.writeUInt8(0xaf, 0);
        if (reader.read(packet)) expect(reader.statusCount).toBe(statusCount);
      }),
    );
  });
});
