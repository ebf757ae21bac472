import { expect, test } from "vitest";
import { Intake } from "../../../../web/inspector/model/intake.ts";

function openIntake(options: { readonly costMs?: number; readonly maxWaiting?: number } = {}) {
  const { costMs = 0, ...more } = options;
  const taken: string[] = [];
  const frames: (() => void)[] = [];
  let batches = 0;
  let now = 0;
  const intake = new Intake({
    take: (text) => {
      now += costMs;
      taken.push(text);
    },
    onBatch: () => {
      batches += 1;
    },
    nextFrame: (callback) => frames.push(callback),
    now: () => now,
    ...more,
  });
  return { intake, taken, frame: () => frames.shift()?.(), frames, batchCount: () => batches };
}

test("[IP6] all that came is one batch in the next frame", () => {
  const { intake, taken, frame, frames, batchCount } = openIntake();
  for (const text of ["a", "b", "c"]) intake.push(text);
  expect([taken.length, frames.length]).toEqual([0, 1]);
  frame();
  expect([taken, batchCount(), frames.length]).toEqual([["a", "b", "c"], 1, 0]);
});

test("[IP6] what a frame has no time for waits for the next one, in order", () => {
  const { intake, taken, frame, batchCount } = openIntake({ costMs: 1 });
  const all = Array.from({ length: 40 }, (_, index) => `${index}`);
  for (const text of all) intake.push(text);
  frame();
  expect(taken.length).toBeLessThan(40);
  expect(intake.waitingCount).toBe(40 - taken.length);
  for (let count = 0; count < 40 && intake.waitingCount > 0; count += 1) frame();
  expect(taken).toEqual(all);
  expect(batchCount()).toBeGreaterThan(1);
});

test("[IP7] what comes while the page stands still waits, up to a bound, and the rest is counted as lost", () => {
  const { intake, taken, frame } = openIntake({ maxWaiting: 2 });
  intake.pause();
  for (const text of ["a", "b", "c"]) intake.push(text);
  frame();
  expect([taken, intake.waitingCount, intake.lost]).toEqual([[], 2, 1]);
  intake.resume();
  frame();
  expect(taken).toEqual(["a", "b"]);
});
