import { expect, test } from "vitest";
import { readLoadOptions } from "../../load/load_options.ts";
import { planMembers } from "../../load/member_plan.ts";

function plan(flags: string) {
  return planMembers(readLoadOptions(flags.split(" ")));
}

test("[LG7] rooms stay whole where there are enough of them, and every process has as much to do", () => {
  const shares = plan("--rooms 4 --peers 3 --processes 2 --ramp 12s --publishers 1 --room x");
  expect(shares.map((share) => share.length)).toEqual([6, 6]);
  expect(shares.map((share) => [...new Set(share.map(({ room }) => room))])).toEqual([
    ["x-1", "x-3"],
    ["x-2", "x-4"],
  ]);
  const all = shares.flat().toSorted((one, other) => one.joinAtMs - other.joinAtMs);
  expect(all.map(({ joinAtMs }) => joinAtMs)).toEqual(Array.from({ length: 12 }, (_, index) => index * 1_000));
  expect(all.filter(({ isPublisher }) => isPublisher).map(({ name }) => name)).toEqual(Array(4).fill("bot 1"));
});

test("[LG7] one large room is shared out to all processes", () => {
  expect(plan("--peers 9 --processes 4").map((share) => share.length)).toEqual([3, 2, 2, 2]);
});
