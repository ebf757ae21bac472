import { expect, test } from "vitest";
import { createActor, SimulatedClock } from "xstate";
import { type WorkerEvent, workerMachine } from "../../machines/worker_machine.ts";
import { Lines } from "./run_peer.ts";

const timeouts = { startTimeoutMs: 10_000, firstRestartMs: 100, maxRestartMs: 800, stopTimeoutMs: 5_000 };

function run() {
  const lines = new Lines();
  const clock = new SimulatedClock();
  const logic = workerMachine.provide({
    actions: {
      startProcess: () => lines.write("start"),
      stopProcess: () => lines.write("stop"),
      killProcess: (_, { reason }) => lines.write("kill:", reason),
    },
  });
  const actor = createActor(logic, { clock, input: { timeouts } }).start();
  return {
    lines,
    state: () => actor.getSnapshot().value,
    send: (type: WorkerEvent["type"]) => actor.send({ type }),
    pass: (ms: number) => clock.increment(ms),
  };
}

test("[CW1] a process that dies is started again after a pause that doubles up to its bound, and is the first again once it listened", () => {
  const worker = run();
  expect(worker.lines.take()).toEqual(["start"]);
  for (const pauseMs of [100, 200, 400, 800, 800, 800]) {
    worker.send("process.exited");
    worker.pass(pauseMs - 1);
    expect(worker.lines.take(), `${pauseMs} ms are not over`).toEqual([]);
    worker.pass(1);
    expect(worker.lines.take(), `${pauseMs} ms are over`).toEqual(["start"]);
  }
  worker.send("process.listened");
  expect(worker.state()).toBe("running");
  worker.send("process.exited");
  worker.pass(100);
  expect(worker.lines.take()).toEqual(["start"]);
});

test("[CW1] a process that does not listen in time is killed, and started again once it is gone", () => {
  const worker = run();
  worker.pass(timeouts.startTimeoutMs);
  expect(worker.lines.take()).toEqual(["start", "kill: did not listen in time"]);
  worker.send("process.exited");
  worker.pass(timeouts.firstRestartMs);
  expect(worker.lines.take()).toEqual(["start"]);
});

test("[CW1] a process that listened may run for as long as it likes", () => {
  const worker = run();
  worker.send("process.listened");
  worker.pass(100 * timeouts.startTimeoutMs);
  expect(worker.lines.take()).toEqual(["start"]);
  expect(worker.state()).toBe("running");
});

test.each([[[]], [["process.listened"]]] as const)(
  "[CW2] told to stop after %j, its process is stopped, and killed when it takes too long",
  (way) => {
    const worker = run();
    for (const event of way) worker.send(event);
    worker.send("worker.stopRequested");
    expect(worker.state()).toBe("stopping");
    worker.pass(timeouts.stopTimeoutMs - 1);
    expect(worker.lines.take()).toEqual(["start", "stop"]);
    worker.pass(1);
    expect(worker.lines.take()).toEqual(["kill: did not stop in time"]);
    worker.send("process.exited");
    expect(worker.state()).toBe("stopped");
    worker.pass(100_000);
    expect(worker.lines.take(), "it is not started again").toEqual([]);
  },
);

test("[CW2] told to stop between two processes, it has stopped", () => {
  const worker = run();
  worker.send("process.exited");
  worker.send("worker.stopRequested");
  expect(worker.state()).toBe("stopped");
  worker.pass(100_000);
  expect(worker.lines.take()).toEqual(["start"]);
});
