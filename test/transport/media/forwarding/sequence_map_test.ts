import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maxLatePackets, SequenceMap } from "../../../../transport/media/forwarding/sequence_map.ts";

describe("SequenceMap", () => {
  it("[TX1] gives what comes the next numbers, and leaves the gaps of the source", () => {
    const map = new SequenceMap(100);
    map.begin(5_000);
    expect([5_000, 5_001, 5_004, 5_005].map((source) => map.accept(source))).toEqual([100, 101, 104, 105]);
    expect(map.accept(5_003)).toBe(103);
    expect(map.accept(5_002)).toBe(102);
  });

  it("[TX1] closes ranks over what is left out", () => {
    const map = new SequenceMap(100);
    map.begin(0);
    expect(map.accept(0)).toBe(100);
    expect(map.skip(1)).toBe(-1);
    expect(map.skip(2)).toBe(-1);
    expect(map.accept(3)).toBe(101);
    // 4 is missing, and keeps its number; 5 is left out.
    expect(map.skip(5)).toBe(-1);
    expect(map.accept(6)).toBe(103);
    expect(map.accept(4)).toBe(102);
  });

  it("[TX1] begins anew at the number after the last", () => {
    const map = new SequenceMap(100);
    map.begin(7);
    map.accept(7);
    map.accept(9);
    map.begin(70_000);
    expect(map.accept(70_000)).toBe(103);
    expect(map.accept(69_999)).toBe(-1);
  });

  it("[TX1] does not wait for what is missing at the end when it begins anew", () => {
    const map = new SequenceMap(100);
    map.begin(7);
    map.accept(7);
    map.skip(12);
    expect(map.pending).toBe(4);
    map.begin(500);
    expect([map.pending, map.accept(500)]).toEqual([0, 101]);
    map.skip(505);
    expect([map.accept(503), map.pending]).toEqual([104, 1]);
    map.begin(600);
    expect(map.accept(600)).toBe(105);
  });

  it("[TX2] gives no number twice, and none to what is too old", () => {
    const map = new SequenceMap(0);
    map.begin(0);
    for (const source of [0, 1, 2, 4]) map.accept(source);
    expect([2, 4, 0, -1].map((source) => map.accept(source))).toEqual([-1, -1, -1, -1]);
    expect(map.accept(3 + maxLatePackets)).toBe(3 + maxLatePackets);
    expect(map.accept(3)).toBe(-1);
    expect(map.accept(5)).toBe(5);
  });

  it("[TX4] hands over the number that was kept for a packet that is left out now", () => {
    const map = new SequenceMap(0);
    map.begin(0);
    for (const source of [0, 2]) map.accept(source);
    expect(map.skip(1)).toBe(1);
    expect(map.skip(1)).toBe(-1);
    expect(map.accept(1)).toBe(-1);
  });

  it("[TX1] agrees with a map that remembers everything, whatever comes in whatever order", () => {
    const step = fc.record({
      jump: fc.oneof(
        { weight: 8, arbitrary: fc.constant(1) },
        { weight: 2, arbitrary: fc.integer({ min: -40, max: 40 }) },
      ),
      isLeftOut: fc.boolean(),
      begins: fc.integer({ min: 0, max: 40 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), fc.integer({ min: 0, max: 65_535 }), (steps, first) => {
        const map = new SequenceMap(first);
        let source = 65_500;
        map.begin(source);
        let numbers = new Map<number, number>();
        let [highest, sent, given] = [source - 1, first - 1, first - 1];
        for (const { jump, isLeftOut, begins } of steps) {
          source = begins === 0 ? 80_000 + source : Math.max(source + jump, 0);
          if (begins === 0) {
            map.begin(source);
            numbers = new Map();
            highest = source - 1;
            sent = given;
          }
          let expected = -1;
          if (source > highest) {
            for (let missing = highest + 1; missing < source; missing += 1) numbers.set(missing, ++sent);
            expected = isLeftOut ? -1 : ++sent;
            highest = source;
          } else {
            expected = numbers.get(source) ?? -1;
            numbers.delete(source);
          }
          given = Math.max(given, expected);
          expect(isLeftOut ? map.skip(source) : map.accept(source)).toBe(expected);
        }
      }),
    );
  });
});
