import { assign, setup } from "xstate";

/** Time limits in milliseconds. Ours. */
export interface IceSourceTimeouts {
  /** From the first failure to the next attempt; it doubles with each that fails. */
  readonly firstRetryMs: number;
  /** The longest pause between two attempts, unless the provider asks for a longer one. */
  readonly maxRetryMs: number;
}

export interface IceSourceInput {
  readonly timeouts: IceSourceTimeouts;
}

/** Nothing of the servers themselves, which hold credentials. */
export interface IceSourceContext extends IceSourceInput {
  /** Attempts that failed since one worked. */
  readonly failures: number;
  /** Why the last one failed, in words for operators; empty when it worked. */
  readonly reason: string;
  /** From 0 to 1, drawn anew for each pause: many nodes do not ask one provider at the same moment. */
  readonly jitter: number;
  /** The provider asked not to be asked for so long. */
  readonly retryAfterMs: number;
  /** Of the servers that are there, from when they came. */
  readonly lifeMs: number;
  /** They are of no use after their life, not only older. */
  readonly isExpiring: boolean;
}

export type IceSourceEvent =
  | { readonly type: "servers.fetched"; readonly lifeMs: number; readonly isExpiring: boolean }
  | { readonly type: "fetch.failed"; readonly reason: string; readonly jitter: number; readonly retryAfterMs: number }
  | { readonly type: "source.stopped" };

/** After this part of their life servers are fetched anew. Ours: what is left bears a provider that is down. */
const usedShare = 0.8;

const retry = {
  initial: "fetching",
  states: {
    fetching: {
      entry: "fetchServers",
      on: { "fetch.failed": { target: "backing-off", actions: ["noteFailure", "reportFailure"] } },
    },
    "backing-off": { after: { retryPause: "fetching" } },
  },
} as const;

/** What a node has of a provider of ICE servers: fetched ahead of their end, kept while the provider is down, dropped when they are over. */
export const iceSourceMachine = setup({
  types: { context: {} as IceSourceContext, events: {} as IceSourceEvent, input: {} as IceSourceInput },
  actions: {
    // Effects come by provide().
    /** Answered by `servers.fetched` or `fetch.failed`. */
    fetchServers: () => {},
    /** What is there is over, and nothing came in its place. */
    dropServers: () => {},
    reportFailure: () => {},
    noteServers: assign(({ event }) =>
      event.type === "servers.fetched"
        ? { failures: 0, reason: "", retryAfterMs: 0, lifeMs: event.lifeMs, isExpiring: event.isExpiring }
        : {},
    ),
    noteFailure: assign(({ context, event }) =>
      event.type === "fetch.failed"
        ? {
            failures: context.failures + 1,
            reason: event.reason,
            jitter: event.jitter,
            retryAfterMs: event.retryAfterMs,
          }
        : {},
    ),
  },
  guards: { isExpiring: ({ context }) => context.isExpiring },
  delays: {
    renewal: ({ context }) => context.lifeMs * usedShare,
    remainingLife: ({ context }) => context.lifeMs * (1 - usedShare),
    retryPause: ({ context }) => {
      const { firstRetryMs, maxRetryMs } = context.timeouts;
      // Bounded before it is raised: a provider may be down for a week.
      const longestMs = Math.min(maxRetryMs, firstRetryMs * 2 ** Math.min(Math.max(0, context.failures - 1), 20));
      return Math.max(context.retryAfterMs, Math.round(longestMs * (0.5 + context.jitter / 2)));
    },
  },
}).createMachine({
  id: "iceSource",
  context: ({ input }) => ({
    ...input,
    failures: 0,
    reason: "",
    jitter: 0,
    retryAfterMs: 0,
    lifeMs: 0,
    isExpiring: false,
  }),
  initial: "empty",
  on: { "source.stopped": ".stopped" },
  states: {
    /** There are no servers. */
    empty: { ...retry, on: { "servers.fetched": { target: "fresh", actions: "noteServers" } } },
    fresh: { after: { renewal: "stale" } },
    /** What is there is given out still, and others are asked for. */
    stale: {
      ...retry,
      after: { remainingLife: { guard: "isExpiring", target: "empty.backing-off", actions: "dropServers" } },
      on: { "servers.fetched": { target: "fresh", actions: "noteServers" } },
    },
    stopped: { type: "final" },
  },
});
