import { assign, setup } from "xstate";

/** Time limits in milliseconds. Ours. */
export interface IceSourceTimeouts {
  /** From the first failure to the next attempt; it doubles with each that fails. */
  readonly firstRetryMs: number;
  /** The longest pause between two attempts, unless the provider asks for a longer one. */
  readonly maxRetryMs: number;
  /** From one request for a spare credential to the next. */
  readonly requestPauseMs: number;
}

export interface IceSourceInput {
  readonly timeouts: IceSourceTimeouts;
}

/** The longest time after which spares are looked at, which there need not be any of. No timer is longer. Ours. */
export const maxShelfLifeMs = 7 * 24 * 3_600_000;

/** How many credentials for peers are wanted, and when that has to be looked at again. */
export interface IceSourceNeed {
  /** Credentials to ask for. */
  readonly missing: number;
  /** Until one of those that wait for a peer is too old, in milliseconds. */
  readonly shelfLifeMs: number;
}

/** Nothing of the servers themselves, which hold credentials. */
export interface IceSourceContext extends IceSourceInput, IceSourceNeed {
  /** Attempts that failed since one worked. */
  readonly failures: number;
  /** Why the last one failed, in words for operators; empty when it worked. */
  readonly reason: string;
  /** From 0 to 1, drawn anew for each pause: many nodes do not ask one provider at the same moment. */
  readonly jitter: number;
  /** The provider asked not to be asked for so long. */
  readonly retryAfterMs: number;
  /** Of the node's own servers, from when they came. */
  readonly lifeMs: number;
  /** They are of no use after their life, not only older. */
  readonly isExpiring: boolean;
}

export type IceSourceEvent =
  /** They are the node's own, where it has none or old ones, and else a spare for a peer. */
  | ({ readonly type: "servers.fetched"; readonly lifeMs: number; readonly isExpiring: boolean } & IceSourceNeed)
  | { readonly type: "fetch.failed"; readonly reason: string; readonly jitter: number; readonly retryAfterMs: number }
  /** A peer took a spare, waits for one or is gone, or a spare is too old. */
  | ({ readonly type: "spares.counted" } & IceSourceNeed)
  /** The node's own credential was disabled. */
  | { readonly type: "servers.disabled" }
  | { readonly type: "source.stopped" };

/** After this part of their life servers are fetched anew. Ours: what is left bears a provider that is down. */
const usedShare = 0.8;

const failed = { target: "backing-off", actions: ["noteFailure", "reportFailure"] } as const;

const retry = {
  initial: "fetching",
  states: {
    fetching: { entry: "fetchServers", on: { "fetch.failed": failed } },
    "backing-off": { after: { retryPause: "fetching" } },
  },
} as const;

/** One request after the other for as long as spares are missing, with a pause after each. */
const refill = {
  // A peer may wait for one already.
  initial: "pausing",
  states: {
    /** As many spares are there as are wanted. */
    full: {
      after: { shelfLife: { actions: "ageSpares" } },
      on: {
        "spares.counted": [
          { guard: "areMissing", target: "fetching", actions: "noteNeed" },
          // Its timer begins anew.
          { target: "full", reenter: true, actions: "noteNeed" },
        ],
      },
    },
    fetching: {
      entry: "fetchServers",
      on: { "servers.fetched": { target: "pausing", actions: "noteSpare" }, "fetch.failed": failed },
    },
    pausing: { after: { requestPause: [{ guard: "isMissing", target: "fetching" }, { target: "full" }] } },
    "backing-off": { after: { retryPause: [{ guard: "isMissing", target: "fetching" }, { target: "full" }] } },
  },
} as const;

/**
 * What a node has of a provider of ICE servers. Its own are fetched ahead of their end, kept while the provider is down, and dropped when they are
 * over; while they hold, spares for peers are fetched.
 */
export const iceSourceMachine = setup({
  types: { context: {} as IceSourceContext, events: {} as IceSourceEvent, input: {} as IceSourceInput },
  actions: {
    // Effects come by provide().
    /** Answered by `servers.fetched` or `fetch.failed`. */
    fetchServers: () => {},
    /** What is there is over, and nothing came in its place. */
    dropServers: () => {},
    /** Answered by `spares.counted`. */
    ageSpares: () => {},
    reportFailure: () => {},
    noteServers: assign(({ event }) =>
      event.type === "servers.fetched"
        ? { failures: 0, reason: "", retryAfterMs: 0, lifeMs: event.lifeMs, isExpiring: event.isExpiring }
        : {},
    ),
    noteSpare: assign(({ event }) =>
      event.type === "servers.fetched" ? { failures: 0, reason: "", retryAfterMs: 0, ...needOf(event) } : {},
    ),
    noteNeed: assign(({ event }) => ("missing" in event ? needOf(event) : {})),
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
  guards: {
    isExpiring: ({ context }) => context.isExpiring,
    isMissing: ({ context }) => context.missing > 0,
    areMissing: ({ event }) => event.type === "spares.counted" && event.missing > 0,
  },
  delays: {
    renewal: ({ context }) => context.lifeMs * usedShare,
    remainingLife: ({ context }) => context.lifeMs * (1 - usedShare),
    shelfLife: ({ context }) => context.shelfLifeMs,
    requestPause: ({ context }) => context.timeouts.requestPauseMs,
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
    missing: 0,
    shelfLifeMs: maxShelfLifeMs,
    failures: 0,
    reason: "",
    jitter: 0,
    retryAfterMs: 0,
    lifeMs: 0,
    isExpiring: false,
  }),
  initial: "empty",
  on: { "source.stopped": ".stopped", "spares.counted": { actions: "noteNeed" } },
  states: {
    /** There are no servers. */
    empty: { ...retry, on: { "servers.fetched": { target: "fresh", actions: ["noteServers", "noteNeed"] } } },
    fresh: { ...refill, after: { renewal: "stale" }, on: { "servers.disabled": "empty" } },
    /** What is there is given out still, and others are asked for. */
    stale: {
      ...retry,
      after: { remainingLife: { guard: "isExpiring", target: "empty.backing-off", actions: "dropServers" } },
      on: {
        "servers.fetched": { target: "fresh", actions: ["noteServers", "noteNeed"] },
        "servers.disabled": "empty",
      },
    },
    stopped: { type: "final" },
  },
});

function needOf({ missing, shelfLifeMs }: IceSourceNeed): IceSourceNeed {
  return { missing, shelfLifeMs };
}
