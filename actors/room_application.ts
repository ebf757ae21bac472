import type { LeaveReason } from "../protocol/room.ts";
import type { DataChannel, RemoteTrack, Session } from "./application.ts";

// What a program writes against that has to do with rooms: `mod.ts` exports these names. A handler that throws ends what it is about, a
// member or a room, and nothing else; that is logged.

/** A client that wants to enter a room. */
export interface JoinRequest {
  readonly session: Session;
  readonly room: string;
  /** What the others are to see: as the client said it, and as the program leaves it. */
  name: string;
  /** Any JSON value; null when the client gave none. */
  metadata: unknown;
  /** What the client gave to prove who it is. */
  readonly token: string | null;
  /** Refuses the join, with a reason that the client is told; the same as to throw a `SignalboxError` of the code `forbidden`. */
  refuse(reason?: string): never;
}

/**
 * A room, from its first member on this node to its last client there; in a cluster each such node has one, which shows the members of all.
 * What needs it open throws `bad-state` when it is closed.
 */
export interface Room {
  readonly name: string;
  /** By id: those of clients and those on the server. */
  readonly members: ReadonlyMap<string, RoomMember>;
  onmemberjoined: ((member: RoomMember) => void) | null;
  /** `member` still says what it was; its tracks were unpublished before. */
  onmemberleft: ((member: RoomMember, reason: LeaveReason) => void) | null;
  /** The member's metadata are others than before. */
  onmemberupdated: ((member: RoomMember) => void) | null;
  ontrackpublished: ((track: PublishedTrack) => void) | null;
  /** It was muted, unmuted or called something else, or `remoteTrack` is another one. */
  ontrackupdated: ((track: PublishedTrack) => void) | null;
  ontrackunpublished: ((track: PublishedTrack) => void) | null;
  /** A message that a member sent to everybody, or to those that it named: not one to itself alone. */
  ondata: ((message: RoomData) => void) | null;
  /** Who speaks, the loudest first; nobody, when it is empty. */
  onspeakers: ((speakers: readonly RoomSpeaker[]) => void) | null;
  /** A client opened a channel of another protocol than `signalbox.room`; without this handler it is closed. */
  ondatachannel: ((channel: DataChannel, member: RoomMember) => void) | null;
  onclose: (() => void) | null;
  /**
   * Takes part as a member on the server. It keeps no room alive.
   *
   * @throws {SignalboxError} `room-full` or `bad-state`
   */
  join(options?: ServerMemberOptions): ServerMember;
  /** Puts everybody out and ends the room, on all nodes that can be reached now. `reason` is told to them. */
  close(reason?: string): void;
}

/** Somebody in a room. */
export interface RoomMember {
  /** The `peer` of the protocol; unique in the cluster. */
  readonly id: string;
  readonly name: string;
  readonly metadata: unknown;
  readonly state: "connected" | "reconnecting";
  /** By id. */
  readonly tracks: ReadonlyMap<string, PublishedTrack>;
  /** The client that it is, while it is on this node; null for a member on the server, and one of another node. */
  readonly session: Session | null;
  /**
   * Puts it out of the room. `reason` is told to it; the others see that it was `kicked`. A member of another node is put out by that one, a
   * moment later; when that node is gone, by the one where the member comes back.
   */
  remove(reason?: string): void;
}

/** A track that a member publishes. */
export interface PublishedTrack {
  readonly id: string;
  readonly kind: "audio" | "video";
  readonly source: string;
  readonly name: string;
  /** As its client said in this room. Muted there, nothing of it is passed on in other rooms either, which are not told. */
  readonly muted: boolean;
  readonly member: RoomMember;
  /**
   * The track itself, for `Peer.addTrack` or another room; null while it is on another node and nobody here received it. Its `onended` and
   * `muted` are the room's: see `ontrackunpublished`. When its member goes on at another node it is another one, which `ontrackupdated` tells.
   */
  readonly remoteTrack: RemoteTrack | null;
  /**
   * Gets the track here if it is on another node; resolves with `remoteTrack`, or with null when it was unpublished before it came. Its
   * packets cross while it is sent to somebody here.
   */
  receive(): Promise<RemoteTrack | null>;
}

/** A `data` message of the protocol. */
export interface RoomData {
  readonly from: RoomMember;
  readonly topic: string | null;
  /** Any JSON value. */
  readonly payload: unknown;
}

/** Somebody who speaks. */
export interface RoomSpeaker {
  readonly member: RoomMember;
  /** From 0, silent, to 1. */
  readonly level: number;
}

export interface ServerMemberOptions {
  readonly name?: string;
  /** Any JSON value. */
  readonly metadata?: unknown;
}

/** A member without a client, played by the program. What needs it in the room throws `bad-state` when it is not. */
export interface ServerMember {
  readonly id: string;
  readonly room: Room;
  /** A message to everybody or to this member. */
  ondata: ((message: RoomData) => void) | null;
  /** It is out of the room, for whatever reason. */
  onclose: (() => void) | null;
  /** Sends a `data` message to everybody else, or to the members named. */
  sendData(payload: unknown, options?: { readonly to?: readonly string[]; readonly topic?: string }): void;
  /** Takes part in the room channels of a label. */
  openChannel(label: string): ServerChannel;
  /**
   * Publishes a track of any peer of the node, also one of another room; in a room it can be published once only. Whoever publishes it
   * withdraws it when it ends. It is withdrawn when the client that sends it joins this room, and publishes it itself.
   *
   * @throws {SignalboxError} `too-many-tracks`, or `bad-state` when this room has the track already.
   */
  publish(track: RemoteTrack, options?: { readonly source?: string; readonly name?: string }): ServerTrack;
  leave(): void;
}

/** What a member on the server publishes. */
export interface ServerTrack {
  readonly id: string;
  unpublish(): void;
}

/** A member on the server's end of the room channels of one label. */
export interface ServerChannel {
  readonly label: string;
  /** `from` is the id of the sender. */
  onmessage: ((data: string | Uint8Array, from: string) => void) | null;
  send(data: string | Uint8Array): void;
  close(): void;
}
