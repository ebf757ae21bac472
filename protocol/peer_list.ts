import Type, { type Static } from "typebox";
import { Compile } from "typebox/compile";

// The clients that the nodes of a cluster remember: `GET /api/v1/peers`.

/** Clients that are listed, those that came last. Ours. */
export const maxListedPeers = 1_000;

const Connection = Type.Object({
  /** The id of the peer connection. */
  id: Type.String(),
  /** The last state of its machine that is known, as `open.connected`. */
  state: Type.String(),
  /** Unix time in milliseconds; none for one that lives. */
  endedAt: Type.Optional(Type.Number()),
  /** What it has failed for, or ended for as a failure, as in the log: `ice-failed`; `gave-up` where its client gave up first. None for one that did not fail. */
  failure: Type.Optional(Type.String()),
});
const Peer = Type.Object({
  /** `peer` of its `joined`. */
  id: Type.String(),
  /** What it called itself as it joined; none when it did not, or when that is not remembered any more. */
  name: Type.Optional(Type.String()),
  /** The last room that it was in, or asked for, as far as is remembered. */
  room: Type.Optional(Type.String()),
  /** The name of the node. A client that came back on another one is listed for both. */
  node: Type.String(),
  /** Of its session: `open.joined.attached`. */
  state: Type.String(),
  /** Unix time in milliseconds. */
  startedAt: Type.Number(),
  /** Unix time in milliseconds; none for one that lives. */
  endedAt: Type.Optional(Type.Number()),
  connections: Type.Array(Connection),
});

/** The schema of the answer. */
export const PeerList = Type.Object({
  /** Those that came last stand first; at most 1,000. */
  peers: Type.Array(Peer),
  /** There are more. */
  isCut: Type.Boolean(),
  /** Nodes that did not answer in time. */
  missingNodes: Type.Array(Type.String()),
});

export type PeerList = Readonly<Static<typeof PeerList>>;
/** A client, at one node. */
export type ListedPeer = Readonly<Static<typeof Peer>>;

const validator = Compile(Type.Array(Peer));

/** Whether `value` is what one node lists. */
export function areListedPeers(value: unknown): value is readonly ListedPeer[] {
  return validator.Check(value);
}

/** The first ones of many lists as one. */
export function mergedPeers(lists: readonly (readonly ListedPeer[])[], maxCount = maxListedPeers): ListedPeer[] {
  return lists
    .flat()
    .toSorted((a, b) => b.startedAt - a.startedAt)
    .slice(0, maxCount);
}
