import { expect, test } from "vitest";
import { type Check, type CheckEnd, passed, skipped } from "../../../transport/doctor/check.ts";
import { runChecks } from "../../../transport/doctor/run_checks.ts";

function check(name: string, run: () => Promise<CheckEnd>): Check {
  return { group: "ports", name, run };
}

test("[DOC2] checks run at once, and are told in their order, each with those that it led to, as soon as it and those before it have ended", async () => {
  const first = Promise.withResolvers<CheckEnd>();
  const second = Promise.withResolvers<CheckEnd>();
  const told: string[] = [];
  const waiting: string[][] = [];
  const ended = runChecks(
    [
      check("first", () => first.promise),
      check("second", () => second.promise),
      check("third", async () => passed("well")),
    ],
    { ended: ({ name }) => told.push(name), waiting: (left) => waiting.push(left.map(({ name }) => name)) },
  );
  await expect.poll(() => waiting.at(-1)).toEqual(["first", "second"]);
  expect(told).toEqual([]);
  second.resolve({ next: [check("led to", async () => skipped("why not"))] });
  await expect.poll(() => waiting.at(-1)).toEqual(["first"]);
  expect(told).toEqual([]);
  first.resolve(passed("well"));
  // What only led to others is not told.
  expect((await ended).map(({ name, verdict }) => [name, verdict])).toEqual([
    ["first", "passed"],
    ["led to", "skipped"],
    ["third", "passed"],
  ]);
  expect(told).toEqual(["first", "led to", "third"]);
  expect(waiting.at(-1)).toEqual([]);
});

test("[DOC2] a check that throws, or does not end in time, failed, and disturbs no other", async () => {
  const results = await runChecks(
    [
      check("throws", () => Promise.reject(new Error("out of luck"))),
      check("hangs", () => new Promise(() => undefined)),
      check("well", async () => passed("well")),
    ],
    { timeoutMs: 100 },
  );
  expect(results.map(({ name, verdict, saw }) => [name, verdict, saw])).toEqual([
    ["throws", "failed", "the check itself failed: out of luck"],
    ["hangs", "failed", "no end within 0.1 s"],
    ["well", "passed", "well"],
  ]);
});
