import { assign, setup } from "xstate";

/** Time limits in milliseconds. */
export interface WorkerTimeouts {
  /** From the start of the process to its listening; it is killed then. */
  readonly startTimeoutMs: number;
  /** From a death to the next start; it doubles with each process that dies before it listens. */
  readonly firstRestartMs: number;
  /** The longest pause between a death and the next start. */
  readonly maxRestartMs: number;
  /** From the order to stop to the end; it is killed then. */
  readonly stopTimeoutMs: number;
}

export interface WorkerInput {
  readonly timeouts: WorkerTimeouts;
}

export interface WorkerContext extends WorkerInput {
  /** Processes that died since one listened. */
  readonly failures: number;
}

export type WorkerEvent =
  | { readonly type: "process.listened" }
  | { readonly type: "process.exited" }
  | { readonly type: "worker.stopRequested" };

/** One worker: a process that is started again whenever it dies, until it is told to stop. */
export const workerMachine = setup({
  types: { context: {} as WorkerContext, events: {} as WorkerEvent, input: {} as WorkerInput },
  actions: {
    // Effects come by provide().
    /** Answered by `process.listened` and, whatever happens, `process.exited`. */
    startProcess: () => {},
    stopProcess: () => {},
    killProcess: (_, _params: { reason: string }) => {},
    noteListening: assign({ failures: 0 }),
    noteDeath: assign({ failures: ({ context }) => context.failures + 1 }),
  },
  delays: {
    startTimeout: ({ context }) => context.timeouts.startTimeoutMs,
    restartPause: ({ context: { failures, timeouts } }) =>
      // Bounded before it is raised: the first death is one failure, and waits for the shortest pause.
      Math.min(timeouts.maxRestartMs, timeouts.firstRestartMs * 2 ** Math.min(failures - 1, 20)),
    stopTimeout: ({ context }) => context.timeouts.stopTimeoutMs,
  },
}).createMachine({
  id: "worker",
  context: ({ input }) => ({ ...input, failures: 0 }),
  initial: "starting",
  states: {
    starting: {
      entry: "startProcess",
      after: { startTimeout: { actions: { type: "killProcess", params: { reason: "did not listen in time" } } } },
      on: {
        "process.listened": { target: "running", actions: "noteListening" },
        "process.exited": { target: "waiting", actions: "noteDeath" },
        "worker.stopRequested": "stopping",
      },
    },
    running: {
      on: {
        "process.exited": { target: "waiting", actions: "noteDeath" },
        "worker.stopRequested": "stopping",
      },
    },
    /** There is no process. */
    waiting: { after: { restartPause: "starting" }, on: { "worker.stopRequested": "stopped" } },
    stopping: {
      entry: "stopProcess",
      after: { stopTimeout: { actions: { type: "killProcess", params: { reason: "did not stop in time" } } } },
      on: { "process.exited": "stopped" },
    },
    stopped: { type: "final" },
  },
});
