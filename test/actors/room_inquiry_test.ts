import { expect, test } from "vitest";
import { SimulatedClock } from "xstate";
import { RoomInquiry } from "../../actors/room_inquiry.ts";

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

function openInquiry(others: readonly string[]) {
  const clock = new SimulatedClock();
  const asked: string[] = [];
  const ended: string[] = [];
  const inquiry = new RoomInquiry({
    others: () => others,
    ask: ({ isSeeking = false }) => asked.push(isSeeking ? "all" : "own"),
    after: (delayMs, call) => {
      const timer = clock.setTimeout(call, delayMs);
      return () => clock.clearTimeout(timer);
    },
  });
  const seek = (who: string) => void inquiry.seek().then(() => ended.push(who));
  return { inquiry, asked, ended, clock, seek };
}

test("[XR11] a question is over when all have answered, or after a second, and at once where there is nobody", async () => {
  const { inquiry, asked, clock } = openInquiry(["a", "b"]);
  inquiry.start();
  inquiry.answered("a");
  expect(inquiry.done).toBeDefined();
  inquiry.answered("b");
  expect(inquiry.done).toBeUndefined();
  inquiry.start();
  // Asked once more: the question or the answer may have been lost.
  clock.increment(399);
  expect(asked).toEqual(["own", "own"]);
  clock.increment(600);
  expect([inquiry.done === undefined, asked]).toEqual([false, ["own", "own", "own"]]);
  clock.increment(1);
  expect(inquiry.done).toBeUndefined();
  const alone = openInquiry([]);
  alone.inquiry.start();
  expect([alone.inquiry.done, alone.asked, asked]).toEqual([undefined, ["own"], ["own", "own", "own"]]);
});

test("[XR7] several who come back at a time ask once what the others know, after what is asked already, and none goes before", async () => {
  const { inquiry, asked, ended, clock, seek } = openInquiry(["a", "b"]);
  inquiry.start();
  seek("ada");
  seek("bob");
  clock.increment(1_000);
  await settle();
  seek("cy");
  await settle();
  expect([asked, ended]).toEqual([["own", "own", "all"], []]);
  for (const node of ["a", "b"]) inquiry.answered(node);
  await settle();
  expect(ended).toEqual(["ada", "bob", "cy"]);
});
