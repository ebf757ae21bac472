import { assign, enqueueActions, setup } from "xstate";
import { type ClusterPeer, digestOf, type PartChange } from "../protocol/room_gossip.ts";

/** Milliseconds. */
export interface RemotePartTimeouts {
  /** An answer to the request for a whole part, before it is asked for again. */
  readonly partTimeoutMs: number;
  /** A part of which nothing was heard is silent. */
  readonly nodeTimeoutMs: number;
  /** The members of a silent part may come back elsewhere. */
  readonly resumeTimeoutMs: number;
}

export interface RemotePartInput {
  readonly room: string;
  /** The start of the node whose part it is. */
  readonly node: string;
  readonly timeouts: RemotePartTimeouts;
}

export interface RemotePartContext extends RemotePartInput {
  /** Of the last change that is known; 0 before the first word. */
  readonly number: number;
  /** By id. */
  readonly peers: Readonly<Record<string, ClusterPeer>>;
  /** It ended since nothing was heard of it. */
  readonly isLost: boolean;
  /** Changes that came while the whole part is awaited. */
  readonly waiting: readonly NumberedChange[];
}

/** One change with its place in the order. */
export interface NumberedChange {
  readonly number: number;
  readonly change: PartChange;
}

/** What is heard of a part. */
export type RemotePartEvent =
  | { readonly type: "part.changed"; readonly number: number; readonly change: PartChange }
  | { readonly type: "part.beat"; readonly number: number; readonly digest: number }
  | { readonly type: "part.told"; readonly number: number; readonly peers: readonly ClusterPeer[] }
  /** Another node knew the part, which itself says nothing. */
  | { readonly type: "part.recalled"; readonly number: number; readonly peers: readonly ClusterPeer[] }
  | { readonly type: "part.silent" }
  /** The part ended: its last member has left. */
  | { readonly type: "part.ended"; readonly number: number }
  /** The link to the bus was cut, and is back: anything may have happened. */
  | { readonly type: "link.restored" };

/** Longest queue of changes that wait for the whole part; what is missing then is asked for again. Ours. */
const maxWaiting = 256;

/** Says what the members are now, and why one left that did. */
const tell = {
  type: "tellChanged",
  params: ({ event }: { event: RemotePartEvent }) => ({
    isSilent: false,
    left: event.type === "part.changed" && "left" in event.change ? event.change : null,
  }),
} as const;

/**
 * What this node knows of another node's part of a room: every change is numbered, and where a number or a digest does not fit, the whole
 * part is asked for. A part of which nothing is heard is silent, and gone in the end.
 */
export const remotePartMachine = setup({
  types: { context: {} as RemotePartContext, events: {} as RemotePartEvent, input: {} as RemotePartInput },
  actions: {
    // Effects come by provide().
    /** Answered by `part.told`, or never. */
    requestPart: (_, _params: { room: string; node: string }) => {},
    /** The members, or whether they are heard of, are others than before. `left` says why somebody is not among them. */
    tellChanged: (_, _params: { isSilent: boolean; left: PartChange | null }) => {},

    takeChange: assign(({ context, event }) =>
      event.type === "part.changed" ? { number: event.number, peers: withChange(context.peers, event.change) } : {},
    ),
    keepChange: assign(({ context, event }) =>
      event.type === "part.changed" && context.waiting.length < maxWaiting
        ? { waiting: [...context.waiting, { number: event.number, change: event.change }] }
        : {},
    ),
    takePart: assign(({ context, event }) => {
      if (event.type !== "part.told" && event.type !== "part.recalled") return {};
      let { number } = event;
      let peers: RemotePartContext["peers"] = Object.fromEntries(event.peers.map((peer) => [peer.info.id, peer]));
      for (const change of context.waiting) {
        if (change.number !== number + 1) continue;
        number = change.number;
        peers = withChange(peers, change.change);
      }
      return { number, peers, waiting: [] };
    }),
    noteLost: assign({ isLost: true }),
    hear: enqueueActions(({ enqueue }) => {
      enqueue.cancel("silence");
      enqueue.raise({ type: "part.silent" }, { id: "silence", delay: "nodeTimeout" });
    }),
  },
  guards: {
    isUnknown: ({ context }) => context.number === 0,
    isNext: ({ context, event }) => "number" in event && event.number === context.number + 1,
    isKnown: ({ context, event }) => event.type === "part.changed" && event.number <= context.number,
    /** It was said before something that is known. */
    isOlder: ({ context, event }) =>
      (event.type === "part.told" || event.type === "part.ended") && event.number < context.number,
    isSame: ({ context, event }) =>
      event.type === "part.beat" &&
      event.number === context.number &&
      event.digest === digestOf(Object.values(context.peers)),
  },
  delays: {
    partTimeout: ({ context }) => context.timeouts.partTimeoutMs,
    nodeTimeout: ({ context }) => context.timeouts.nodeTimeoutMs,
    resumeTimeout: ({ context }) => context.timeouts.resumeTimeoutMs,
  },
}).createMachine({
  id: "remotePart",
  context: ({ input }) => ({ ...input, number: 0, peers: {}, isLost: false, waiting: [] }),
  initial: "heard",
  states: {
    heard: {
      entry: "hear",
      // Whoever begins says so first: any other first word does not fit.
      initial: "current",
      on: {
        "part.silent": "silent",
        "part.recalled": { guard: "isUnknown", target: "silent", actions: "takePart" },
        "part.ended": [{ guard: "isOlder", actions: "hear" }, { target: "ended" }],
        "link.restored": ".asking",
      },
      states: {
        current: {
          on: {
            "part.changed": [
              { guard: "isKnown", actions: "hear" },
              { guard: "isNext", actions: ["hear", "takeChange", tell] },
              { target: "asking", actions: ["hear", "keepChange"] },
            ],
            "part.beat": [
              { guard: "isSame", actions: "hear" },
              { target: "asking", actions: "hear" },
            ],
            "part.told": [{ guard: "isOlder", actions: "hear" }, { actions: ["hear", "takePart", tell] }],
          },
        },
        /** The whole part is awaited. */
        asking: {
          entry: { type: "requestPart", params: ({ context: { room, node } }) => ({ room, node }) },
          after: { partTimeout: { target: "asking", reenter: true } },
          on: {
            "part.changed": { actions: ["hear", "keepChange"] },
            "part.beat": { actions: "hear" },
            "part.told": [
              { guard: "isOlder", actions: "hear" },
              { target: "current", actions: ["hear", "takePart", tell] },
            ],
          },
        },
      },
    },
    /** Nothing was heard for too long, or ever: its members are cut off, and may come back on other nodes. */
    silent: {
      entry: [
        { type: "tellChanged", params: { isSilent: true, left: null } },
        // Its end may have been missed.
        { type: "requestPart", params: ({ context: { room, node } }) => ({ room, node }) },
      ],
      after: { resumeTimeout: { target: "ended", actions: "noteLost" } },
      on: {
        "part.changed": { target: "heard.asking", actions: "keepChange" },
        "part.beat": "heard.asking",
        "part.told": [
          { guard: "isOlder", target: "heard.asking" },
          { target: "heard", actions: ["takePart", tell] },
        ],
        "part.ended": [{ guard: "isOlder", target: "heard.asking" }, { target: "ended" }],
      },
    },
    ended: { type: "final" },
  },
});

function withChange(peers: RemotePartContext["peers"], change: PartChange): RemotePartContext["peers"] {
  if ("peer" in change) return { ...peers, [change.peer.info.id]: change.peer };
  const { [change.left]: _, ...rest } = peers;
  return rest;
}
