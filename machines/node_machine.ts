import { assign, setup } from "xstate";

export interface NodeInput {
  readonly timeouts: {
    /** Milliseconds from the order to stop to the end, whatever is still open then. */
    readonly shutdownTimeoutMs: number;
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
  /** Peers crash faster than the supervisor tolerates. */
  | { readonly type: "supervisor.escalated" }
  | { readonly type: "node.stopRequested" };

/** The life of one node. */
export const nodeMachine = setup({
  types: { context: {} as NodeContext, events: {} as NodeEvent, input: {} as NodeInput },
  actions: {
    // Effects come by provide().
    /** Answered by `edge.opened` or `edge.failed`. */
    openEdge: () => {},
    stopAccepting: () => {},
    /** Answered by `sessions.closed`. */
    closeSessions: (_, _params: { code: number; reason: string }) => {},
    /** Answered by `edge.closed`. */
    closeEdge: () => {},
    noteUrl: assign(({ event }) => (event.type === "edge.opened" ? { url: event.url } : {})),
    noteFailure: assign(({ event }) => (event.type === "edge.failed" ? { failure: event.error } : {})),
  },
  delays: { shutdownTimeout: ({ context }) => context.timeouts.shutdownTimeoutMs },
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
      on: { "supervisor.escalated": "restarting", "node.stopRequested": "draining" },
    },
    /** Every session is ended, in the hope that what made so many of them crash ends with them. */
    restarting: {
      entry: { type: "closeSessions", params: { code: 1012, reason: "shutting-down" } },
      after: { shutdownTimeout: "ready" },
      on: { "sessions.closed": "ready", "node.stopRequested": "draining" },
    },
    draining: {
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
