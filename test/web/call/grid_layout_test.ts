import fc from "fast-check";
import { expect, test } from "vitest";
import { type Box, layoutGrid } from "../../../web/call/grid_layout.ts";
import { chooseShown, layoutPair, layoutStage } from "../../../web/call/stage_layout.ts";

const wide = { left: 0, top: 0, width: 1250, height: 680, gap: 10 };
const phone = { left: 0, top: 0, width: 378, height: 720, gap: 6 };

const overlap = (one: Box, other: Box) =>
  one.left < other.left + other.width &&
  other.left < one.left + one.width &&
  one.top < other.top + other.height &&
  other.top < one.top + one.height;

test("[CP1] a grid of 1 to 25 people has a tile for each, inside of the area and beside each other", () => {
  for (const area of [wide, phone]) {
    for (let count = 1; count <= 25; count += 1) {
      const { boxes, contentHeight } = layoutGrid(count, area);
      expect(boxes).toHaveLength(count);
      for (const box of boxes) {
        expect(box.left).toBeGreaterThanOrEqual(0);
        expect(box.left + box.width).toBeLessThanOrEqual(area.width);
        expect(box.top + box.height).toBeLessThanOrEqual(Math.max(area.height, contentHeight));
      }
      const pairs = boxes.flatMap((one, index) => boxes.slice(index + 1).filter((other) => overlap(one, other)));
      expect(pairs, `${count} people`).toEqual([]);
    }
  }
});

test.each([
  [1, 1],
  [2, 2],
  [4, 2],
  [5, 3],
  [9, 3],
  [25, 5],
])("[CP1] %i people have %i columns in a wide window", (count, columns) => {
  expect(layoutGrid(count, wide).columns).toBe(columns);
});

test("[CP1] a phone has two people below each other, and is scrolled before tiles get too small", () => {
  expect(layoutGrid(2, phone).columns).toBe(1);
  const { boxes, contentHeight } = layoutGrid(40, phone);
  expect(boxes[0]?.width).toBeGreaterThanOrEqual(104);
  expect(contentHeight).toBeGreaterThan(phone.height);
});

test("[CP1] every tile can be scrolled to, however small the stage is and whoever is large", () => {
  const length = fc.integer({ min: 90, max: 1400 });
  const facts = fc.record({
    width: length,
    height: length,
    gap: fc.constantFrom(6, 10),
    count: fc.integer({ min: 1, max: 25 }),
  });
  const check = fc.property(facts, fc.boolean(), (each, hasFeatured) => {
    for (const { boxes, contentHeight } of [
      layoutStage({ ...each, hasFeatured }),
      layoutPair({ ...each, isPinned: hasFeatured }),
    ]) {
      // The places are whole pixels.
      for (const box of boxes) expect(box.top + box.height).toBeLessThan(Math.max(contentHeight, each.height) + 1);
    }
  });
  fc.assert(check, { numRuns: 2_000, examples: [[{ width: 320, height: 560, gap: 6, count: 8 }, true]] });
});

test("[CP1] no tile cuts off more of a picture than a face can spare, and the last row is centered", () => {
  for (let count = 1; count <= 25; count += 1) {
    const { width = 0, height = 1 } = layoutGrid(count, wide).boxes[0] ?? {};
    expect(width / height).toBeGreaterThan(1.3);
    expect(width / height).toBeLessThan(1.79);
  }
  const [first, , , fourth, fifth] = layoutGrid(5, wide).boxes;
  expect(fourth?.left).toBeGreaterThan(first?.left ?? Number.NaN);
  expect((fourth?.left ?? 0) + (fifth?.left ?? 0) + (fifth?.width ?? 0)).toBeCloseTo(wide.width, -1);
});

test("[CP1] a window without room has no tiles", () => {
  expect(layoutGrid(3, { ...wide, height: 0 }).boxes).toEqual([]);
});

test.each([
  ["wide", { width: 1250, height: 680 }],
  ["tall", { width: 378, height: 720 }],
])("[CP2] a shared screen has most of a %s stage, and the tiles beside it do not cover it", (_, size) => {
  const { featured, boxes } = layoutStage({ ...size, gap: 8, count: 25, hasFeatured: true });
  if (featured === null) throw new Error("nothing is featured");
  expect((featured.width * featured.height) / (size.width * size.height)).toBeGreaterThan(0.34);
  expect(boxes.length).toBeGreaterThan(2);
  for (const box of boxes) {
    expect(overlap(box, featured)).toBe(false);
    expect(box.left + box.width).toBeLessThanOrEqual(size.width);
    expect(box.top + box.height).toBeLessThanOrEqual(size.height);
  }
});

test("[CP2] whoever speaks has a place in a strip that is too short for all", () => {
  const strip = { places: 4, inView: 4 };
  expect(chooseShown(10, { ...strip, wanted: -1 })).toEqual([0, 1, 2, 3]);
  expect(chooseShown(10, { ...strip, wanted: 1 })).toEqual([0, 1, 2, 3]);
  expect(chooseShown(10, { ...strip, wanted: 7 })).toEqual([0, 1, 2, 7]);
  expect(chooseShown(3, { ...strip, wanted: 2 })).toEqual([0, 1, 2]);
});

test("[CP2, CP47] whoever speaks has a place in view in a grid that is scrolled, and nobody but whose place it was moves", () => {
  expect(chooseShown(6, { places: 6, inView: 3, wanted: 4 })).toEqual([0, 1, 4, 3, 2, 5]);
  expect(chooseShown(6, { places: 6, inView: 0, wanted: 4 })).toEqual([0, 1, 2, 3, 4, 5]);
});

test.each([1, 4, 5, 9, 14])(
  "[CP2] a wide window of usual size has a place beside a screen for each of %i people",
  (count) => {
    const { featured, boxes } = layoutStage({ width: 1250, height: 674, gap: 10, count, hasFeatured: true });
    expect(boxes).toHaveLength(count);
    expect(featured?.width).toBeGreaterThan(1250 * 0.74);
    // One column as long as faces are as large in it as in two.
    if (count <= 5) expect(new Set(boxes.map(({ left }) => left)).size).toBe(1);
  },
);

test("[CP1] of two people the other one has all the room that there is, and oneself a corner of it or what is below", () => {
  const { featured, boxes } = layoutPair(wide);
  const [own] = boxes;
  if (featured === null || own === undefined) throw new Error("somebody has no place");
  expect(featured.height).toBeGreaterThan(670);
  expect(overlap(own, featured)).toBe(true);
  expect(own.left + own.width).toBeLessThan(featured.left + featured.width);
  expect(own.top + own.height).toBeLessThan(featured.top + featured.height);
  const upright = layoutPair(phone);
  expect(upright.featured?.top).toBeLessThan(upright.boxes[0]?.top ?? 0);
  expect(layoutPair({ ...wide, height: 0 }).featured).toBeNull();
});

test("[CP36] whatever is pinned is not smaller than it was, in any window, among any number", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 25 }),
      fc.integer({ min: 260, max: 2_000 }),
      fc.integer({ min: 200, max: 1_400 }),
      (people, width, height) => {
        const size = { width, height, gap: width < 600 ? 6 : 10 };
        const sizeOf = (box: Box | null | undefined) => (box?.width ?? 0) * (box?.height ?? 0);
        const [before, after] =
          people === 2
            ? [layoutPair(size).featured, layoutPair({ ...size, isPinned: true }).featured]
            : [
                layoutStage({ ...size, count: people, hasFeatured: false }).boxes[0],
                layoutStage({ ...size, count: people - 1, hasFeatured: true }).featured,
              ];
        expect(sizeOf(after)).toBeGreaterThanOrEqual(sizeOf(before));
      },
    ),
  );
});
