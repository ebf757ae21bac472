import type { CandidateInit } from "./client_message.ts";
import type { IceServer } from "./ice_server.ts";
import type { Ref } from "./ref.ts";
import type { LeaveReason, PeerInfo, Track } from "./room.ts";
import type { ErrorCode } from "./signalbox_error.ts";

/** What each media section of a description that is sent in a room carries, by its `mid`. */
export type CarriedTracks = Readonly<Record<string, { readonly peer: string; readonly track: string }>>;

/** What a client is told that is in a room from now on, or again. */
export interface Entry {
  readonly room: string;
  /** Your id. */
  readonly peer: string;
  readonly node: string;
  /** What to come back with when the socket drops. */
  readonly resume: string;
  readonly iceServers: readonly IceServer[];
  /** Your own, as the others see them; null where the server has none, any more. */
  readonly metadata: unknown;
  /** Everyone else. */
  readonly peers: readonly PeerInfo[];
  readonly ref?: Ref;
}

/** Every message about a room that the server may send (the protocol page, "Rooms"). */
export type RoomServerMessage =
  | (Entry & { readonly type: "joined" })
  /** `fresh`: the peer connection that the session had is gone. */
  | (Entry & { readonly type: "resumed"; readonly fresh: boolean })
  /** The node is about to stop: to go on elsewhere, with the token, within so many milliseconds. */
  | { readonly type: "migrate"; readonly resume: string; readonly deadline: number }
  | { readonly type: "peer-joined"; readonly peer: PeerInfo }
  | { readonly type: "peer-updated"; readonly peer: PeerInfo }
  /** `message` says why, for people, to the peer itself that was removed. */
  | { readonly type: "peer-left"; readonly peer: string; readonly reason: LeaveReason; readonly message?: string }
  /** `mid` is said to the publisher alone: the section that its track came in. */
  | { readonly type: "track-published"; readonly peer: string; readonly track: Track; readonly mid?: string }
  | { readonly type: "track-updated"; readonly peer: string; readonly track: Track }
  | { readonly type: "track-unpublished"; readonly peer: string; readonly track: string }
  | { readonly type: "data"; readonly from: string; readonly topic?: string; readonly payload: unknown }
  | { readonly type: "speakers"; readonly peers: readonly { readonly peer: string; readonly level: number }[] };

/** Every message that the server may send (the protocol page). */
export type ServerMessage =
  | { readonly type: "offer" | "answer" | "pranswer"; readonly sdp: string; readonly tracks?: CarriedTracks }
  | { readonly type: "candidate"; readonly candidate: CandidateInit | null }
  | { readonly type: "bye"; readonly reason?: string }
  /** To a client in a room: what takes the place of those of `joined`, before these expire. */
  | { readonly type: "ice-servers"; readonly iceServers: readonly IceServer[] }
  | { readonly type: "error"; readonly code: ErrorCode; readonly message: string; readonly ref?: Ref }
  | RoomServerMessage;
