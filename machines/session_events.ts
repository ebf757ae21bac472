import type { ClientMessage } from "../protocol/client_message.ts";
import type { Ref } from "../protocol/ref.ts";
import type { RoomMessage } from "../protocol/room_message.ts";
import type { WaitingMessages } from "../protocol/waiting_messages.ts";
import type { ConnectivityLimits } from "./connectivity_events.ts";
import type { PeerEvent, PeerTimeouts } from "./peer_machine.ts";

// What the session machine knows and is told.

export interface SessionTimeouts extends PeerTimeouts {
  /** Milliseconds that the application may take to let a client into a room. */
  readonly joinTimeoutMs: number;
  /** Milliseconds that a client in a room may take to come back after its socket dropped. */
  readonly resumeTimeoutMs: number;
}

export interface SessionLimits extends ConnectivityLimits {
  /** Messages that wait while it is not decided where the client belongs. */
  readonly maxWaitingMessages: number;
  /** All of those together, in characters of JSON: as long as one frame can be. */
  readonly maxFrameBytes: number;
}

export interface SessionInput {
  readonly sessionId: string;
  readonly timeouts: SessionTimeouts;
  readonly limits: SessionLimits;
}

export interface SessionContext extends SessionInput {
  /** The peer connection that the client's messages are for. */
  readonly peerId: string | null;
  /** Every peer that has not ended yet; one that was told to close may still be about it. */
  readonly livePeerIds: readonly string[];
  readonly peerCount: number;
  /** Candidates that came before any offer. */
  readonly earlyCandidates: readonly PeerEvent[];
  /** The room that the client is in, or that it asked for, with the `ref` of its request. */
  readonly join: { readonly room: string; readonly ref: Ref | null } | null;
  /** What the client said while it was about to enter or to leave a room. */
  readonly waiting: WaitingMessages;
}

/** What a client was in a room as, on a node that has it no more. */
export interface Reentry {
  readonly room: string;
  readonly name: string;
  readonly isSubscribing: boolean;
  /** Of the request to resume. */
  readonly ref: Ref | null;
  /** The last word of that node, for whoever reads the record: it sent the client on (`migrate`), or stopped. None when it is gone without one. */
  readonly lastWord?: "sent" | "stopped";
}

/** What the client says to the room that it is in. */
export type MemberMessage = Exclude<RoomMessage, { readonly type: "join" | "leave" | "resume" }>;

export type SessionEvent =
  | { readonly type: "message.received"; readonly message: ClientMessage }
  /** `isDropped`: nobody said goodbye, so the client may come back. `code` is the close code, for whoever reads the record. */
  | { readonly type: "socket.closed"; readonly isDropped: boolean; readonly code?: number }
  /** The client is back: its session has another socket. */
  | { readonly type: "session.resumed"; readonly ref: Ref | null }
  /** The client was in a room on a node that is gone, or that sent it on. */
  | { readonly type: "session.reentered"; readonly entry: Reentry }
  /** What a request to resume led to: the socket is another session's now, or the client was told why not. */
  | { readonly type: "session.absorbed" }
  | { readonly type: "resume.refused" }
  /** The session goes on on another node, where its client came back to later. */
  | { readonly type: "session.superseded" }
  /** This side ends the session: the application, or the node as it stops. */
  | { readonly type: "session.closed"; readonly code: number; readonly reason: string }
  /** A peer began to close: what the client says from now on is for another one. */
  | { readonly type: "peer.left"; readonly peerId: string }
  /** What a join led to; the client was told already. */
  | { readonly type: "room.joined" }
  | { readonly type: "room.refused" }
  /** The client is in no room any more, as it asked for or not. */
  | { readonly type: "room.left" }
  | { readonly type: "xstate.done.actor.*"; readonly actorId: string }
  | { readonly type: "xstate.error.actor.*"; readonly actorId: string; readonly error: unknown };
