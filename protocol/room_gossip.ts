import Type, { type TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { Id, type LeaveReason, type PeerInfo } from "./room.ts";

// What nodes tell each other of their parts of a room: JSON on the subjects of the room and of the node that asked.

/** A member of a room on one of its nodes, as the other nodes know it. */
export interface ClusterPeer {
  readonly info: PeerInfo;
  /** How often its session was taken up: of two nodes that have a peer of one id, the higher number is right. */
  readonly epoch: number;
  /** It just came from another node, and what it sent there goes on until it sends it here. */
  readonly isMoving: boolean;
}

const Reason = Type.Union(
  (["left", "timeout", "kicked", "node-lost", "replaced"] as const).map((reason) => Type.Literal(reason)),
);

const Track = Type.Object({
  id: Id,
  kind: Type.Union([Type.Literal("audio"), Type.Literal("video")]),
  source: Type.String(),
  name: Type.String(),
  muted: Type.Boolean(),
  layers: Type.Optional(Type.Array(Type.String())),
});

const Peer = Type.Object({
  info: Type.Object({
    id: Id,
    name: Type.String(),
    metadata: Type.Unknown(),
    state: Type.Union([Type.Literal("connected"), Type.Literal("reconnecting")]),
    tracks: Type.Array(Track),
  }),
  epoch: Type.Integer({ minimum: 1 }),
  isMoving: Type.Boolean(),
});

const count = Type.Integer({ minimum: 0 });
const node = Id;

const schemas = {
  // To all nodes with a part of the room.

  /** One more change of a part; `number` goes up by one with each, and never down as long as the node runs. */
  change: Type.Object({
    node,
    number: count,
    change: Type.Union([
      Type.Object({ peer: Peer }),
      Type.Object({ left: Id, reason: Reason, epoch: Type.Integer({ minimum: 1 }) }),
    ]),
  }),
  /** A part is still there: so many changes, and what comes of them (see `digestOf`). */
  heartbeat: Type.Object({ node, number: count, digest: Type.Number() }),
  /** The part is no more, after so many changes. */
  end: Type.Object({ node, number: count }),
  /** What a member said, to everybody else or to those named. */
  data: Type.Object({
    from: Id,
    to: Type.Optional(Type.Array(Id)),
    topic: Type.Optional(Type.String()),
    payload: Type.Unknown(),
  }),
  /** Whoever has the member puts it out, as the program of a node wants it, and tells it the message. `isFault`: that program failed. */
  remove: Type.Object({
    peer: Type.String(),
    message: Type.Optional(Type.String()),
    isFault: Type.Optional(Type.Boolean()),
  }),
  /** Each node puts its members out and ends its part, as the program of one wants it. */
  close: Type.Object({ message: Type.Optional(Type.String()) }),
  /** Who speaks of the members on a node. */
  speakers: Type.Object({ node, peers: Type.Array(Type.Object({ peer: Id, level: Type.Number() })) }),

  // To one node, or to all.

  /** Tell me your part of a room, if you have one. `isSeeking`: and all parts of others that you know. */
  ask: Type.Object({ node, room: Type.String(), isSeeking: Type.Optional(Type.Boolean()) }),
  /**
   * The whole part, to who asked, an empty one where there is none; and to all as it begins. `toldBy`: it is told by another node than its
   * own, as it is known there.
   */
  part: Type.Object({
    node,
    room: Type.String(),
    number: count,
    peers: Type.Array(Peer),
    toldBy: Type.Optional(node),
  }),
} satisfies Record<GossipKind, TSchema>;

/** One change of a part: a member as it is now, or why one is no more. */
export type PartChange =
  | { readonly peer: ClusterPeer }
  | { readonly left: string; readonly reason: LeaveReason; readonly epoch: number };

interface GossipByKind {
  readonly change: { readonly node: string; readonly number: number; readonly change: PartChange };
  readonly heartbeat: { readonly node: string; readonly number: number; readonly digest: number };
  readonly end: { readonly node: string; readonly number: number };
  readonly data: {
    readonly from: string;
    readonly to?: readonly string[] | undefined;
    readonly topic?: string | undefined;
    readonly payload: unknown;
  };
  readonly remove: {
    readonly peer: string;
    readonly message?: string | undefined;
    readonly isFault?: boolean | undefined;
  };
  readonly close: { readonly message?: string | undefined };
  readonly speakers: {
    readonly node: string;
    readonly peers: readonly { readonly peer: string; readonly level: number }[];
  };
  readonly ask: { readonly node: string; readonly room: string; readonly isSeeking?: boolean | undefined };
  readonly part: {
    readonly node: string;
    readonly room: string;
    readonly number: number;
    readonly peers: readonly ClusterPeer[];
    readonly toldBy?: string | undefined;
  };
}

/** What is said, by its kind, which is the last token of its subject. */
export type GossipKind = keyof GossipByKind;
export type Gossip<K extends GossipKind = GossipKind> = GossipByKind[K];

const validators = new Map(Object.entries(schemas).map(([kind, schema]) => [kind, Compile(schema)] as const));
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function encodeGossip<K extends GossipKind>(_kind: K, gossip: Gossip<K>): Uint8Array {
  return encoder.encode(JSON.stringify(gossip));
}

/** What a message of a kind says, or undefined for one that is not understood, as of another version. */
export function decodeGossip<K extends GossipKind>(kind: K, payload: Uint8Array): Gossip<K> | undefined {
  try {
    const value: unknown = JSON.parse(decoder.decode(payload));
    return validators.get(kind)?.Check(value) === true ? (value as Gossip<K>) : undefined;
  } catch {
    return undefined;
  }
}

/** What is said on a room channel, as bytes: their lengths in one and two bytes, the sender and the label; 1 for bytes or 0 for text; the rest. */
export function encodeChannelMessage({ from, label, data }: ChannelMessage): Uint8Array {
  const parts = [encoder.encode(from), encoder.encode(label), typeof data === "string" ? encoder.encode(data) : data];
  const [sender, name, rest] = parts as [Uint8Array, Uint8Array, Uint8Array];
  const bytes = new Uint8Array(4 + sender.length + name.length + rest.length);
  bytes[0] = sender.length;
  new DataView(bytes.buffer).setUint16(1, name.length);
  bytes[3] = typeof data === "string" ? 0 : 1;
  bytes.set(sender, 4);
  bytes.set(name, 4 + sender.length);
  bytes.set(rest, 4 + sender.length + name.length);
  return bytes;
}

/** Undefined for bytes that are none. Bytes are copied. */
export function decodeChannelMessage(bytes: Uint8Array): ChannelMessage | undefined {
  if (bytes.length < 4) return undefined;
  const senderEnd = 4 + (bytes[0] ?? 0);
  const labelEnd = senderEnd + new DataView(bytes.buffer, bytes.byteOffset).getUint16(1);
  if (bytes.length < labelEnd) return undefined;
  const rest = bytes.subarray(labelEnd);
  return {
    from: decoder.decode(bytes.subarray(4, senderEnd)),
    label: decoder.decode(bytes.subarray(senderEnd, labelEnd)),
    data: bytes[3] === 0 ? decoder.decode(rest) : Uint8Array.from(rest),
  };
}

/** What a member of another node said on a room channel. */
export interface ChannelMessage {
  readonly from: string;
  readonly label: string;
  readonly data: string | Uint8Array;
}

/** Whether a token names a kind of gossip. */
export function isGossipKind(token: string): token is GossipKind {
  return validators.has(token);
}

const hashes = new WeakMap<ClusterPeer, number>();

/** A number that two equal parts have in common, whatever the order of their peers (FNV-1a of each, added up). Peers are never changed. */
export function digestOf(peers: Iterable<ClusterPeer>): number {
  let sum = 0;
  for (const peer of peers) sum = (sum + hashOf(peer)) >>> 0;
  return sum;
}

function hashOf(peer: ClusterPeer): number {
  const known = hashes.get(peer);
  if (known !== undefined) return known;
  const text = JSON.stringify([peer.info.id, peer.epoch, peer.isMoving, peer.info]);
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hashes.set(peer, hash >>> 0);
  return hash >>> 0;
}
