import Type, { type Static } from "typebox";

// What rooms consist of as clients see it (the protocol page, "Rooms"). Bounds are ours.

/** What names a room, a peer, a track or a node: safe in a URL, a log and a NATS subject. */
export const Id = Type.String({ pattern: "^[A-Za-z0-9_-]{1,64}$" });

/** Longest name of a peer or a track, for people to read. */
export const maxNameLength = 128;

/** How deep JSON of a client may be nested, so that whatever walks through it later comes to an end. */
const maxJsonDepth = 64;

/** What a peer or a track is called, for people to read. */
export const Name = Type.String({ maxLength: maxNameLength });

/** Any JSON value: its length is bounded by the node's limits (see `check_room_limits.ts`), its depth here. */
export const Json = Type.Refine(
  Type.Unknown(),
  (value) => !isDeeperThan(value, maxJsonDepth),
  () => `must not be nested deeper than ${maxJsonDepth} levels`,
);

/** What a client says of a track that it sends. */
export const TrackLabel = Type.Object({
  /** `camera`, `microphone`, `screen`, `screen-audio`, or any other word. */
  source: Type.String({ minLength: 1, maxLength: 64 }),
  name: Type.Optional(Name),
});
export type TrackLabel = Readonly<Static<typeof TrackLabel>>;

/** The labels of an offer's tracks by the `mid` of their sections; a key that is no such `mid` is nothing. */
export const TrackLabels = Type.Record(Type.String({ pattern: "^[\\s\\S]*$" }), TrackLabel, {
  // The largest number of media sections that can be configured.
  maxProperties: 1_024,
});
export type TrackLabels = Readonly<Static<typeof TrackLabels>>;

/** A published track as everybody in the room sees it. */
export interface Track {
  /** Unique in the cluster. */
  readonly id: string;
  readonly kind: "audio" | "video";
  readonly source: string;
  readonly name: string;
  readonly muted: boolean;
  /** The RIDs of its simulcast layers (RFC 8853), the lowest first; absent without simulcast. */
  readonly layers?: readonly string[];
}

/** A member of a room as everybody in it sees it. */
export interface PeerInfo {
  /** Unique in the cluster. */
  readonly id: string;
  readonly name: string;
  /** Any JSON value; null when none was given. */
  readonly metadata: unknown;
  readonly state: "connected" | "reconnecting";
  readonly tracks: readonly Track[];
}

/** Why a peer left. */
export type LeaveReason = "left" | "timeout" | "kicked" | "node-lost" | "replaced";

function isDeeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (depth === 0) return true;
  return Object.values(value).some((inner) => isDeeperThan(inner, depth - 1));
}
