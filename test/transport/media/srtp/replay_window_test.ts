import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ReplayWindow } from "../../../../transport/media/srtp/replay_window.ts";

describe("a replay window", () => {
  it("[SR5] knows which of the last indexes came, and takes none that is older", () => {
    const size = 128;
    const step = fc.oneof(
      fc.integer({ min: -150, max: 5 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 100, max: 400 }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 40 }), fc.array(step, { maxLength: 300 }), (first, steps) => {
        const window = new ReplayWindow(size);
        const came = new Set<number>();
        let highest = -1;
        let index = first;
        for (const change of steps) {
          const expected = index >= 0 && index > highest - size && !came.has(index);
          expect(window.isNew(index)).toBe(expected);
          if (expected) {
            window.add(index);
            came.add(index);
            highest = Math.max(highest, index);
          }
          expect(window.highest).toBe(highest);
          index = Math.max(highest, 0) + change;
        }
      }),
    );
  });

  it("[SR5] is not told of anything by being asked", () => {
    const window = new ReplayWindow(64);
    expect(window.isNew(70_000)).toBe(true);
    expect(window.isNew(70_000)).toBe(true);
    expect(window.highest).toBe(-1);
  });

  it("[SR5] has at least 64 packets (RFC 3711, 3.3.2), and a power of two", () => {
    for (const size of [0, 32, 63, 65, 100]) expect(() => new ReplayWindow(size)).toThrow(RangeError);
  });
});
