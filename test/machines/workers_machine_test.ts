import { expect, test } from "vitest";
import { createActor } from "xstate";
import { type WorkersEvent, workersMachine } from "../../machines/workers_machine.ts";
import { nameOf, walk } from "./walk.ts";

const verdict = { exitCode: 78, line: "why" };
const listened = (worker: number): WorkersEvent => ({ type: "worker.listened", worker });
const died = (worker: number): WorkersEvent => ({ type: "worker.died", worker });
const stopped = (worker: number): WorkersEvent => ({ type: "worker.stopped", worker });
const refused: WorkersEvent = { type: "worker.refused", verdict };
const diedTooOften: WorkersEvent = { type: "workers.diedTooOften", verdict: { exitCode: 70, line: "often" } };
const stop: WorkersEvent = { type: "workers.stopRequested" };

/** The state, what was ordered and the verdict after `events`, for two workers. */
function after(...events: readonly WorkersEvent[]) {
  const orders: string[] = [];
  const logic = workersMachine.provide({
    actions: { startWorkers: () => orders.push("start"), stopWorkers: () => orders.push("stop") },
  });
  const actor = createActor(logic, { input: { count: 2 } }).start();
  for (const event of events) if (actor.getSnapshot().status === "active") actor.send(event);
  const { value, context } = actor.getSnapshot();
  return [nameOf(value), orders.join(" "), context.verdict?.exitCode ?? 0];
}

test.each([
  [[], "starting", "start"],
  [[listened(1)], "starting", "start"],
  [[listened(2), listened(1)], "running", "start"],
  [[listened(1), died(1), listened(2)], "starting", "start"],
  [[listened(1), listened(2), died(2)], "restarting", "start"],
  [[listened(1), listened(2), died(2), died(1), listened(2)], "restarting", "start"],
  [[listened(1), listened(2), died(2), died(1), listened(2), listened(1)], "running", "start"],
  // Once all have listened, one that refuses is a death like any other.
  [[listened(1), listened(2), died(2), refused], "restarting", "start"],
  [[stop], "stopping", "start stop"],
  [[listened(1), listened(2), stop, stopped(2)], "stopping", "start stop"],
  [[listened(1), listened(2), stop, stopped(2), stopped(1)], "stopped", "start stop"],
  [[listened(1), listened(2), died(1), stop, stopped(1), stopped(2)], "stopped", "start stop"],
] as const)("[CW3] after %j all together are %s", (events, state, orders) => {
  expect(after(...events)).toEqual([state, orders, 0]);
});

test.each([
  [[listened(1), refused], 78],
  [[refused, refused, diedTooOften], 78],
  [[diedTooOften], 70],
  [[listened(1), listened(2), diedTooOften], 70],
  [[listened(1), listened(2), died(1), diedTooOften], 70],
] as const)("[CW3] after %j all are stopped, with the first reason", (events, exitCode) => {
  expect(after(...events)).toEqual(["stopping", "start stop", exitCode]);
  expect(after(...events, stopped(1), stopped(2))).toEqual(["stopped", "start stop", exitCode]);
});

test("[CW3] every documented state can be reached, and no other", () => {
  const snapshots = walk(workersMachine, {
    input: { count: 1 },
    events: [listened(1), died(1), stopped(1), refused, diedTooOften, stop],
    relevant: ({ listening, stopped }) => [listening.length > 0, stopped.length > 0],
  });
  const states = new Set(snapshots.map(({ value }) => nameOf(value)));
  expect([...states].sort()).toEqual(["restarting", "running", "starting", "stopped", "stopping"]);
});
