import { expect, it } from "vitest";
import { QueueDelay } from "../../../../transport/media/congestion/queue_delay.ts";

it("[BW9] is the delay above the least one lately, whatever the clocks say", () => {
  const queue = new QueueDelay();
  expect(queue.delayMs).toBe(0);
  const run = (delayMs: number, fromMs: number, toMs: number) => {
    for (let nowMs = fromMs; nowMs < toMs; nowMs += 10) queue.add(nowMs, nowMs - 123_456 + delayMs);
  };
  run(70, 0, 1_000);
  expect(queue.delayMs).toBeCloseTo(0);
  run(20, 1_000, 3_000);
  expect(queue.delayMs).toBeCloseTo(0, 0);
  run(220, 3_000, 5_000);
  expect(queue.delayMs).toBeCloseTo(200, 0);
  // It is the path's own delay when it lasts.
  run(220, 5_000, 31_000);
  expect(queue.delayMs).toBeCloseTo(0);
});
