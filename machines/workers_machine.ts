import { assign, setup } from "xstate";

export interface WorkersInput {
  /** How many there are; their numbers count from 1. */
  readonly count: number;
}

/** Why all of it ends, when nobody asked for that. */
export interface WorkersVerdict {
  /** Of the parent process. */
  readonly exitCode: number;
  /** For whoever started it, in one line. */
  readonly line: string;
}

export interface WorkersContext extends WorkersInput {
  /** The numbers of those that listen. */
  readonly listening: readonly number[];
  /** The numbers of those that have stopped for good. */
  readonly stopped: readonly number[];
  readonly verdict: WorkersVerdict | null;
}

export type WorkersEvent =
  | { readonly type: "worker.listened"; readonly worker: number }
  | { readonly type: "worker.died"; readonly worker: number }
  | { readonly type: "worker.stopped"; readonly worker: number }
  /** One cannot start as configured, and none will. It counts until all have listened once. */
  | { readonly type: "worker.refused"; readonly verdict: WorkersVerdict }
  | { readonly type: "workers.diedTooOften"; readonly verdict: WorkersVerdict }
  | { readonly type: "workers.stopRequested" };

const ends = {
  "workers.diedTooOften": { target: "stopping", actions: "noteVerdict" },
  "workers.stopRequested": "stopping",
} as const;

/** The workers of one start, as their parent sees them: all start, all run, some are started again, all stop. */
export const workersMachine = setup({
  types: { context: {} as WorkersContext, events: {} as WorkersEvent, input: {} as WorkersInput },
  actions: {
    // Effects come by provide().
    startWorkers: () => {},
    /** Each is answered by its `worker.stopped`. */
    stopWorkers: () => {},
    noteListening: assign(({ context, event }) =>
      event.type === "worker.listened" ? { listening: [...context.listening, event.worker] } : {},
    ),
    noteDeath: assign(({ context, event }) =>
      event.type === "worker.died" ? { listening: context.listening.filter((worker) => worker !== event.worker) } : {},
    ),
    noteStop: assign(({ context, event }) =>
      event.type === "worker.stopped" ? { stopped: [...context.stopped, event.worker] } : {},
    ),
    noteVerdict: assign(({ event }) => ("verdict" in event ? { verdict: event.verdict } : {})),
  },
  guards: {
    areAllListening: ({ context }) => context.listening.length === context.count,
    areAllStopped: ({ context }) => context.stopped.length === context.count,
  },
}).createMachine({
  id: "workers",
  context: ({ input }) => ({ ...input, listening: [], stopped: [], verdict: null }),
  initial: "starting",
  states: {
    /** Not all have listened yet. */
    starting: {
      entry: "startWorkers",
      always: { guard: "areAllListening", target: "running" },
      on: {
        "worker.listened": { actions: "noteListening" },
        "worker.died": { actions: "noteDeath" },
        "worker.refused": { target: "stopping", actions: "noteVerdict" },
        ...ends,
      },
    },
    running: { on: { "worker.died": { target: "restarting", actions: "noteDeath" }, ...ends } },
    /** One or more are down; the others serve. */
    restarting: {
      always: { guard: "areAllListening", target: "running" },
      on: {
        "worker.listened": { actions: "noteListening" },
        "worker.died": { actions: "noteDeath" },
        ...ends,
      },
    },
    stopping: {
      entry: "stopWorkers",
      always: { guard: "areAllStopped", target: "stopped" },
      on: { "worker.stopped": { actions: "noteStop" } },
    },
    stopped: { type: "final" },
  },
});
