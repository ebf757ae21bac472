import type { Ref } from "../protocol/ref.ts";
import type { RoomServerMessage } from "../protocol/server_message.ts";
import type { ErrorCode } from "../protocol/signalbox_error.ts";
import type { PublishedSource, RoomParticipant } from "./room_parts.ts";
import type { SessionHandle } from "./session_handle.ts";

/** A member of a room on this node: a client, or one that the program plays. */
export interface LiveMember extends RoomParticipant {
  /** Null for a member on the server. */
  readonly session: SessionHandle | null;
  /** What it publishes, by id. */
  readonly tracks: Map<string, LiveTrack>;
  /** The room says something; `text` is the message as JSON, made once for all. */
  hear(message: RoomServerMessage, text: string): void;
  hearError(code: ErrorCode, message: string, ref?: Ref | null): void;
  /** It goes on at another node: hears nothing more here, and says when its peer connection is closed, which may be so already. */
  handOver(onClosed: () => void): void;
  /** It is out of the room: takes its hands off everything. */
  detach(): void;
}

/** A track that is published. */
export interface LiveTrack extends PublishedSource {
  /** The section that it comes in; null when it comes from nowhere of its publisher's. */
  readonly mid: string | null;
  /** It is published no more. */
  release(): void;
}
