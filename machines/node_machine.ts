import { assign, setup } from "xstate";

export interface NodeInput {
  readonly timeouts: {
    /** Milliseconds from the order to stop to the end, whatever is still open then. */
    readonly shutdownTimeoutMs: number;
    /** The same for clients that are to go on at other nodes. */
    readonly drainTimeoutMs: number;
  };
}

export interface NodeContext extends NodeInput {
  /** Where the edge listens, once it does. */
  readonly url: string | null;
  /** Why it does not. */
  readonly failure: unknown;
}

export type NodeEvent =
  | { readonly type: "edge.opened"; readonly url: string }
  | { readonly type: "edge.failed"; readonly error: unknown }
  | { readonly type: "edge.closed" }
  | { readonly type: "sessions.closed" }
  /** There is no other node any more that would take clients. */
  | { readonly type: "others.gone" }
  /** Peers crash faster than the supervisor tolerates. */
  | { readonly type: "supervisor.escalated" }
  /** `hasOthers`: other nodes would take this one's clients. */
  | { readonly type: "node.stopRequested"; readonly hasOthers: boolean };

/** The life of one node. */
export const nodeMachine = setup({
  types: { context: {} as NodeContext, events: {} as NodeEvent, input: {} as NodeInput },
  actions: {
    // Effects come by provide().
    /** Answered by `edge.opened` or `edge.failed`. */
    openEdge: () => {},
    /** New clients are told to connect again, to another node. */
    turnAway: () => {},
    /** Gives the port back. */
    stopAccepting: () => {},
    /** Answered by `sessions.closed`, when every client went. */
    moveSessions: (_, _params: { deadlineMs: number }) => {},
    /** Answered by `sessions.closed`. */
    closeSessions: (_, _params: { code: number; reason: string }) => {},
    /** Answered by `edge.closed`. */
    closeEdge: () => {},
    noteUrl: assign(({ event }) => (event.type === "edge.opened" ? { url: event.url } : {})),
    noteFailure: assign(({ event }) => (event.type === "edge.failed" ? { failure: event.error } : {})),
  },
  guards: {
    hasOthers: ({ event }) => event.type === "node.stopRequested" && event.hasOthers,
  },
  delays: {
    shutdownTimeout: ({ context }) => context.timeouts.shutdownTimeoutMs,
    drainTimeout: ({ context }) => context.timeouts.drainTimeoutMs,
  },
}).createMachine({
  id: "node",
  context: ({ input }) => ({ ...input, url: null, failure: null }),
  initial: "starting",
  states: {
    starting: {
      entry: "openEdge",
      on: {
        "edge.opened": { target: "ready", actions: "noteUrl" },
        "edge.failed": { target: "stopped", actions: "noteFailure" },
        "node.stopRequested": "aborting",
      },
    },
    /** An edge that is being opened cannot be stopped: it is closed as soon as it is open. */
    aborting: {
      after: { shutdownTimeout: "stopped" },
      on: {
        "edge.opened": { target: "closing", actions: "noteUrl" },
        "edge.failed": { target: "stopped", actions: "noteFailure" },
      },
    },
    ready: {
      on: {
        "supervisor.escalated": "restarting",
        "node.stopRequested": [{ guard: "hasOthers", target: "draining" }, { target: "stopping" }],
      },
    },
    /** Its clients go on at other nodes. */
    draining: {
      entry: [
        "turnAway",
        { type: "moveSessions", params: ({ context }) => ({ deadlineMs: context.timeouts.drainTimeoutMs }) },
      ],
      after: { drainTimeout: "stopping" },
      on: { "sessions.closed": "closing", "others.gone": "stopping" },
    },
    /** Every session is ended, in the hope that what made so many of them crash ends with them. */
    restarting: {
      entry: { type: "closeSessions", params: { code: 1012, reason: "shutting-down" } },
      after: { shutdownTimeout: "ready" },
      on: { "sessions.closed": "ready", "node.stopRequested": "stopping" },
    },
    stopping: {
      entry: ["stopAccepting", { type: "closeSessions", params: { code: 1012, reason: "shutting-down" } }],
      after: { shutdownTimeout: "closing" },
      on: { "sessions.closed": "closing" },
    },
    closing: {
      entry: "closeEdge",
      after: { shutdownTimeout: "stopped" },
      on: { "edge.closed": "stopped" },
    },
    stopped: { type: "final" },
  },
});
