import type { CandidateInit, ClientMessage } from "../protocol/client_message.ts";
import type { Ref } from "../protocol/ref.ts";
import { isRoomMessage, type RoomMessage, type RoomMessageOf } from "../protocol/room_message.ts";
import type { ErrorCode } from "../protocol/signalbox_error.ts";
import type { PeerEvent } from "./peer_machine.ts";
import type { MemberMessage, SessionContext, SessionEvent } from "./session_events.ts";

// What the session machine makes of the messages of its client.

/** What `reportError` is given. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  readonly ref?: Ref | undefined;
}

/** The type of the client's message, if the event is one. */
export function messageType(event: SessionEvent): ClientMessage["type"] | undefined {
  return event.type === "message.received" ? event.message.type : undefined;
}

function toCandidate(candidate: CandidateInit | string | null): CandidateInit | null {
  return typeof candidate === "string" ? { candidate } : candidate;
}

/** The error that answers a message. */
export function refusalOf(event: SessionEvent, code: ErrorCode, why: string): Refusal {
  if (event.type !== "message.received") throw new Error(`Cannot refuse ${event.type}: it is no message`);
  return { code, message: `Cannot take the ${event.message.type}: ${why}`, ref: event.message.ref };
}

/** The join that an event is. */
export function joinOf(event: SessionEvent): RoomMessageOf<"join"> {
  if (event.type === "message.received" && event.message.type === "join") return event.message;
  throw new Error(`Cannot join: ${event.type} is no join`);
}

/** The request to resume that an event is. */
export function resumeOf(event: SessionEvent): RoomMessageOf<"resume"> {
  if (event.type === "message.received" && event.message.type === "resume") return event.message;
  throw new Error(`Cannot resume: ${event.type} asks for nothing`);
}

/** The message for the client's room that an event is. */
export function memberMessageOf(event: SessionEvent): MemberMessage {
  const message = event.type === "message.received" ? event.message : undefined;
  if (message !== undefined && isRoomMessage(message) && isForMembers(message)) return message;
  throw new Error(`Cannot tell the room of ${event.type}: it is no message for it`);
}

function isForMembers(message: RoomMessage): message is MemberMessage {
  return message.type !== "join" && message.type !== "leave" && message.type !== "resume";
}

/** What a message about the peer connection is to the peer. */
export function toPeerEvent(event: SessionEvent): PeerEvent {
  if (event.type !== "message.received") throw new Error(`Cannot tell the peer of ${event.type}: it is no message`);
  const { message } = event;
  const { ref } = message;
  switch (message.type) {
    case "offer":
      return { type: "remote.offered", sdp: message.sdp, labels: message.tracks, ref };
    case "answer":
      return { type: "remote.answered", sdp: message.sdp, ref };
    case "pranswer":
      return { type: "remote.pranswered", sdp: message.sdp, ref };
    case "rollback":
      return { type: "remote.rolledBack", ref };
    case "candidate":
      return { type: "candidate.received", candidate: toCandidate(message.candidate), ref };
    case "bye":
      return { type: "peer.closed", reason: message.reason, isTold: true };
    default:
      throw new Error(`Cannot tell the peer of the ${message.type}: it is about a room`);
  }
}

/**
 * Whether what the client says has to wait while it is not settled where the client belongs. What is about the peer connection that is
 * there goes on, as that has time limits of its own; not past an offer that waits.
 */
export function mustWait({ peerId, waiting }: SessionContext, event: SessionEvent): boolean {
  if (event.type !== "message.received" || peerId === null) return true;
  const { message } = event;
  return message.type === "offer" || isRoomMessage(message) || waiting.messages.some(({ type }) => type === "offer");
}

/** A message that comes while it is not settled where the client belongs; those that need not wait are left to the state above. */
export const keepUntilSettled = [
  { guard: "canWait", actions: "keepMessage" },
  {
    guard: "mustWait",
    actions: {
      type: "reportError",
      params: ({ context, event }: { context: SessionContext; event: SessionEvent }) =>
        refusalOf(event, "rate-limited", `${context.waiting.messages.length} messages wait for a join already`),
    },
  },
] as const;
