import { assign, setup } from "xstate";

/** Time limits in milliseconds. Ours. */
export interface BusLinkTimeouts {
  /** From the loss of the link, or the first failure, to the next attempt; it doubles with each that fails. */
  readonly firstRetryMs: number;
  /** The longest pause between two attempts. */
  readonly maxRetryMs: number;
  /** For sending what waits at the end; what is left then is cut off. */
  readonly closeTimeoutMs: number;
}

export interface BusLinkInput {
  readonly timeouts: BusLinkTimeouts;
}

export interface BusLinkContext extends BusLinkInput {
  /** Attempts that failed, since there was a link or since the start. */
  readonly failures: number;
  /** Why there is no link, in words for operators; empty while there is one. */
  readonly reason: string;
  /** From 0 to 1, drawn anew for each pause: many nodes that lose one server do not come back as one. */
  readonly jitter: number;
}

export type BusLinkEvent =
  | { readonly type: "link.opened" }
  /** An attempt to open it came to nothing. */
  | { readonly type: "link.failed"; readonly reason: string; readonly jitter: number }
  | { readonly type: "link.lost"; readonly reason: string; readonly jitter: number }
  | { readonly type: "link.closeRequested"; readonly reason: string }
  | { readonly type: "link.closed" };

const retry = {
  initial: "waiting",
  states: {
    dialing: {
      entry: "dial",
      on: { "link.failed": { target: "waiting", actions: ["noteFailure", "reportFailure"] } },
    },
    waiting: { after: { retryPause: "dialing" } },
  },
} as const;

/** The link of a node to the bus: opened, opened again for as long as it takes when it is lost, closed once. */
export const busLinkMachine = setup({
  types: { context: {} as BusLinkContext, events: {} as BusLinkEvent, input: {} as BusLinkInput },
  actions: {
    // Effects come by provide().
    /** Answered by `link.opened` or `link.failed`. */
    dial: () => {},
    /** Sends what waits, then lets go; answered by `link.closed`. */
    hangUp: () => {},
    reportFailure: () => {},
    noteFailure: assign(({ context, event }) =>
      event.type === "link.failed"
        ? { failures: context.failures + 1, reason: event.reason, jitter: event.jitter }
        : {},
    ),
    noteLoss: assign(({ event }) =>
      event.type === "link.lost" ? { failures: 0, reason: event.reason, jitter: event.jitter } : {},
    ),
    noteLink: assign({ failures: 0, reason: "" }),
    noteEnd: assign(({ event }) => (event.type === "link.closeRequested" ? { reason: event.reason } : {})),
  },
  delays: {
    retryPause: ({ context }) => {
      const { firstRetryMs, maxRetryMs } = context.timeouts;
      // Bounded before it is raised: a link may be down for a week.
      const longestMs = Math.min(maxRetryMs, firstRetryMs * 2 ** Math.min(context.failures, 20));
      return Math.round(longestMs * (0.5 + context.jitter / 2));
    },
    closeTimeout: ({ context }) => context.timeouts.closeTimeoutMs,
  },
}).createMachine({
  id: "busLink",
  context: ({ input }) => ({ ...input, failures: 0, reason: "", jitter: 0 }),
  initial: "connecting",
  on: { "link.closeRequested": { target: ".closing", actions: "noteEnd" } },
  states: {
    /** There has been no link yet. */
    connecting: { ...retry, initial: "dialing", on: { "link.opened": { target: "connected", actions: "noteLink" } } },
    connected: { on: { "link.lost": { target: "reconnecting", actions: "noteLoss" } } },
    reconnecting: { ...retry, on: { "link.opened": { target: "connected", actions: "noteLink" } } },
    closing: {
      entry: "hangUp",
      after: { closeTimeout: "closed" },
      on: { "link.closed": "closed", "link.closeRequested": {} },
    },
    closed: { type: "final" },
  },
});
