import type { Ref } from "../protocol/client_message.ts";
import type { ErrorCode } from "../protocol/signalbox_error.ts";

// What the negotiation machine knows, is told and tells.

/** `RTCSessionDescription` (W3C WebRTC 4.6.2) without the rollback, which carries no SDP. */
export interface Description {
  readonly type: "offer" | "answer" | "pranswer";
  readonly sdp: string;
}

/** Milliseconds. */
export interface NegotiationTimeouts {
  /** For each step that the engine or the application is asked for. */
  readonly engineTimeoutMs: number;
  /** From our offer to the other side's answer. */
  readonly answerTimeoutMs: number;
}

export interface NegotiationInput {
  readonly peerId: string;
  readonly sessionId: string;
  /** Who gives way when both offer at once (perfect negotiation, W3C WebRTC 10.7). The server is impolite. */
  readonly isPolite: boolean;
  readonly timeouts: NegotiationTimeouts;
}

export interface NegotiationContext extends NegotiationInput {
  readonly isNegotiationNeeded: boolean;
  readonly isIceRestartNeeded: boolean;
  /** The last offer of this side restarts ICE. */
  readonly isIceRestartOffered: boolean;
  /** An offer of this side was never answered; it is made again after the next one of the other side. */
  readonly isOfferUnanswered: boolean;
  /**
   * The newest remote offer that could not be taken yet; it supersedes an older one. The impolite side keeps one that lost
   * against its own offer too, for a client that never answers since it knows no rollback.
   */
  readonly waitingOffer: { readonly sdp: string; readonly ref: Ref | null } | null;
  /** The newest remote answer that could not be taken yet, since the provisional one before it is being applied. */
  readonly waitingAnswer: (Description & { readonly ref: Ref | null }) | null;
  /** The remote offer that is being applied was taken back meanwhile. */
  readonly isOfferTakenBack: boolean;
  /** The `ref` of the message that is being worked on, for an error about it. */
  readonly ref: Ref | null;
}

export type NegotiationEvent =
  | { readonly type: "remote.offered"; readonly sdp: string; readonly ref?: Ref | undefined }
  | { readonly type: "remote.answered"; readonly sdp: string; readonly ref?: Ref | undefined }
  | { readonly type: "remote.pranswered"; readonly sdp: string; readonly ref?: Ref | undefined }
  | { readonly type: "remote.rolledBack"; readonly ref?: Ref | undefined }
  /** Something was added or removed on this side, so an offer is due. */
  | { readonly type: "negotiation.needed" }
  | { readonly type: "iceRestart.needed" }
  /** The other side is heard again on another socket: what was sent on the one before may be lost. */
  | { readonly type: "signalling.restored" }
  /** The application agrees to answer the offer, or wants a provisional answer first. */
  | { readonly type: "offer.accepted" }
  | { readonly type: "pranswer.requested" }
  /** What the engine answers to an order: one of these for each. */
  | { readonly type: "remoteDescription.applied"; readonly usernameFragments: readonly string[] }
  | { readonly type: "localDescription.created"; readonly description: Description }
  | { readonly type: "description.rolledBack" }
  | { readonly type: "description.refused"; readonly refusal: Refusal }
  | { readonly type: "peer.closed" };

/** Why the engine did not do what it was asked for. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  /** The engine is left half changed: nothing more can be negotiated with it. */
  readonly isTainted: boolean;
}

/** What the negotiation tells the peer that it belongs to. */
export type NegotiationReport =
  | { readonly type: "remote.described"; readonly usernameFragments: readonly string[] }
  /** A description that the other side sent came to nothing. */
  | { readonly type: "remote.dismissed" }
  /** An offer could not be applied, and no other one waits. */
  | { readonly type: "offer.refused" }
  /** The client was told why. */
  | { readonly type: "negotiation.failed"; readonly code: ErrorCode };
