import type { Ref } from "../protocol/ref.ts";
import type { LeaveReason, PeerInfo, Track } from "../protocol/room.ts";
import type { RoomServerMessage } from "../protocol/server_message.ts";
import type { MemberMessage } from "./session_events.ts";

// What the room machine knows and is told. A room has no owner: this is the part of it that is on this node.

export interface RoomLimits {
  readonly maxRoomPeers: number;
  readonly maxTracksPerPeer: number;
  /**
   * Bytes that may be queued for a client. What the members of a room say of themselves and their tracks may be half of it together, so
   * that who joins can be told.
   */
  readonly maxQueuedBytes: number;
}

export interface RoomInput {
  readonly room: string;
  readonly limits: RoomLimits;
}

/** What a member is to its room beside what everybody sees. */
export interface NewMember {
  readonly id: string;
  readonly name: string;
  /** Any JSON value. */
  readonly metadata: unknown;
  /** A client's; otherwise it is a member that the program has on the server, which keeps no room alive. */
  readonly isClient: boolean;
  /** Everything is subscribed for it, unless it says otherwise. */
  readonly isSubscribing: boolean;
}

export interface Member extends NewMember {
  /** `reconnecting` while its socket is gone. */
  readonly state: PeerInfo["state"];
  readonly tracks: readonly Track[];
  /** Where each of the tracks of a member of another node is: by id, which start of which node. Null for a member of this node. */
  readonly trackNodes: Readonly<Record<string, string>> | null;
  /** Those of its tracks that it sent on the node that it was on before, and does not send here yet. */
  readonly inheritedIds: readonly string[];
}

/** A member of another node, as it is now. */
export interface RemoteMember {
  readonly info: PeerInfo;
  readonly trackNodes: Readonly<Record<string, string>>;
}

export interface RoomContext extends RoomInput {
  /** In the order in which this node heard of them. */
  readonly members: readonly Member[];
  /** Those who went on at another node, and whose peer connections are still here. */
  readonly lingeringIds: readonly string[];
  /** Clients that will ask to be let in once it is known who is in the room on other nodes. */
  readonly awaitedIds: readonly string[];
}

/** How a member ends to be one. */
export interface Departure {
  readonly memberId: string;
  readonly reason: LeaveReason;
  /** For the member that was removed. */
  readonly message?: string | undefined;
  /** It is removed since the program failed. */
  readonly isFault?: boolean | undefined;
}

export type RoomEvent =
  /** A client will ask to be let in, or will not after all. */
  | { readonly type: "member.awaited" | "member.forgone"; readonly memberId: string }
  /** The application agreed; whether there is a place is decided here. */
  | {
      readonly type: "join.requested";
      readonly member: NewMember;
      /** It was a member on a node that is gone, and is told that it is one again. */
      readonly isResuming?: boolean;
      readonly ref: Ref | null;
    }
  /** It leaves, or is put out; a member of another node is by that node, a moment later. */
  | (Departure & { readonly type: "member.left" })
  /** The program of another node puts a member of this one out. */
  | (Departure & { readonly type: "member.removed" })
  /** Its socket dropped; it may come back. */
  | { readonly type: "member.detached"; readonly memberId: string }
  /** It is back on another socket. */
  | { readonly type: "member.resumed"; readonly memberId: string; readonly ref: Ref | null }
  | {
      readonly type: "metadata.changed";
      readonly memberId: string;
      readonly metadata: unknown;
      readonly ref?: Ref | undefined;
    }
  | {
      readonly type: "data.sent";
      readonly memberId: string;
      /** Everyone else when it is not said. */
      readonly to?: readonly string[] | undefined;
      readonly topic?: string | undefined;
      readonly payload: unknown;
      readonly ref?: Ref | undefined;
    }
  | { readonly type: "track.published"; readonly memberId: string; readonly track: Track; readonly mid: string | null }
  | { readonly type: "track.unpublished"; readonly memberId: string; readonly trackId: string }
  /** Its publisher calls it something else. */
  | {
      readonly type: "track.labeled";
      readonly memberId: string;
      readonly trackId: string;
      readonly source: string;
      readonly name: string;
    }
  | {
      readonly type: "track.muted";
      readonly memberId: string;
      readonly trackId: string;
      readonly muted: boolean;
      readonly ref?: Ref | undefined;
    }
  | {
      readonly type: "subscription.requested";
      readonly memberId: string;
      readonly trackId: string;
      /** As in `subscribe`; when it is not said, a subscription that there is stays as it is. */
      readonly layer?: string | null | undefined;
      readonly ref?: Ref | undefined;
    }
  | {
      readonly type: "subscription.dismissed";
      readonly memberId: string;
      readonly trackId: string;
      readonly ref?: Ref | undefined;
    }
  /** A member of another node is there, or another one than before. */
  | { readonly type: "remote.seen"; readonly member: RemoteMember }
  | { readonly type: "remote.left"; readonly memberId: string; readonly reason: LeaveReason }
  /** A member of this node goes on at another one. */
  | { readonly type: "member.superseded"; readonly member: RemoteMember }
  /** The peer connection of one who went on at another node is closed. */
  | { readonly type: "member.lingered"; readonly memberId: string }
  /** A member had its time to send what it sent on another node before. */
  | { readonly type: "member.settled"; readonly memberId: string }
  /** A member of another node said something. */
  | { readonly type: "data.received"; readonly message: DataMessage; readonly to?: readonly string[] | undefined }
  /** The program closes the room. */
  | { readonly type: "room.closed"; readonly message?: string | undefined };

export type DataMessage = Extract<RoomServerMessage, { readonly type: "data" }>;

/** A member of this node that just came. */
export function newcomer(member: NewMember): Member {
  return { ...member, state: "connected", tracks: [], trackNodes: null, inheritedIds: [] };
}

/** A member of another node. */
export function stranger({ info, trackNodes }: RemoteMember): Member {
  return { ...info, isClient: true, isSubscribing: false, trackNodes, inheritedIds: [] };
}

/** What a message of a member is to its room. */
export function toRoomEvent(memberId: string, message: MemberMessage): RoomEvent {
  switch (message.type) {
    case "subscribe":
      return { ...trackOf(message), type: "subscription.requested", memberId, layer: message.layer };
    case "unsubscribe":
      return { ...trackOf(message), type: "subscription.dismissed", memberId };
    case "mute":
      return { ...trackOf(message), type: "track.muted", memberId, muted: message.muted };
    case "metadata":
      return { type: "metadata.changed", memberId, metadata: message.metadata, ref: message.ref };
    case "data": {
      const { to, topic, payload, ref } = message;
      return { type: "data.sent", memberId, to, topic, payload, ref };
    }
  }
}

function trackOf({ track, ref }: { readonly track: string; readonly ref?: Ref | undefined }) {
  return { trackId: track, ref };
}

/** A member as everybody in the room sees it. */
export function infoOf({ id, name, metadata, state, tracks }: Member): PeerInfo {
  return { id, name, metadata, state, tracks };
}
