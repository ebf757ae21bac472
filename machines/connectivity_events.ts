import type { CandidateInit, Ref } from "../protocol/client_message.ts";
import type { ErrorCode } from "../protocol/signalbox_error.ts";
import type { IceGenerations } from "./ice_generation.ts";

// What the connectivity machine knows, is told and tells.

/** Milliseconds. */
export interface ConnectivityTimeouts {
  /** For gathering; what was gathered by then is used. */
  readonly gatheringTimeoutMs: number;
  /** From the first description, or an ICE restart, to a working candidate pair. */
  readonly connectingTimeoutMs: number;
  /** From a working candidate pair to the end of the DTLS handshake. */
  readonly dtlsTimeoutMs: number;
  /** From `disconnected` to an ICE restart by this side. */
  readonly restartTimeoutMs: number;
  /** From `disconnected` to `failed`. */
  readonly disconnectedTimeoutMs: number;
  /** How long a failed connection waits for an ICE restart by the client. */
  readonly failedTimeoutMs: number;
}

export interface ConnectivityLimits {
  /** Candidates that wait for their description. */
  readonly maxWaitingCandidates: number;
  /** Candidates of one ICE generation. */
  readonly maxCandidates: number;
}

export interface ConnectivityInput {
  readonly peerId: string;
  readonly sessionId: string;
  readonly timeouts: ConnectivityTimeouts;
  readonly limits: ConnectivityLimits;
}

export interface ConnectivityContext extends ConnectivityInput, IceGenerations {
  readonly waitingCandidates: readonly WaitingCandidate[];
  /** Candidates that were handed to the engine in this generation. */
  readonly candidateCount: number;
  /** Candidates of older generations that came too late. */
  readonly droppedCandidateCount: number;
}

/** A candidate that waits for its description, with the `ref` of its message. */
export interface WaitingCandidate {
  readonly candidate: CandidateInit;
  readonly ref: Ref | null;
}

/** Gathering went on. What it goes by is told for whoever reads the record. */
export interface GatheringChanged {
  readonly type: "gathering.changed";
  readonly state: "new" | "gathering" | "complete";
  /** Addresses that the client is told instead of this machine's own; none where it is told those. */
  readonly announceIps?: readonly string[];
  /** STUN and TURN servers that are asked; none where there are none. */
  readonly iceServerUrls?: readonly string[];
}

export interface DtlsChanged {
  readonly type: "dtls.changed";
  readonly state: "new" | "connecting" | "connected" | "failed";
  /** Why it failed, where the engine knows: `certificate-mismatch`, or in its own words. */
  readonly reason?: string;
}

/** A TURN server gave no relay candidate: it said no (`refused`, with the status of RFC 8489, 14.8), or nothing. */
export interface IceServerFailed {
  readonly type: "iceServer.failed";
  readonly kind: "turn";
  readonly url: string;
  readonly reason: "refused" | "unreachable";
  readonly status?: number;
  readonly message: string;
}

export type ConnectivityEvent =
  | { readonly type: "remote.describing" }
  | { readonly type: "remote.described"; readonly usernameFragments: readonly string[] }
  /** What was being described came to nothing. */
  | { readonly type: "remote.dismissed" }
  | {
      readonly type: "candidate.received";
      readonly candidate: CandidateInit | null;
      readonly ref?: Ref | null | undefined;
    }
  | { readonly type: "candidate.refused"; readonly message: string; readonly ref: Ref | null }
  | GatheringChanged
  | { readonly type: "candidate.gathered"; readonly candidate: CandidateInit | null }
  | { readonly type: "ice.changed"; readonly state: "new" | "checking" | "connected" | "failed" }
  | DtlsChanged
  | IceServerFailed
  /** Another candidate pair is used, in the same ICE generation: the client nominated it. */
  | { readonly type: "selectedPair.changed" }
  | { readonly type: "transport.silent" }
  /** The client did not consent to be sent to for too long (RFC 7675, 5.1): only an ICE restart brings the connection back. */
  | { readonly type: "consent.expired" }
  | { readonly type: "transport.heard" };

export type IceState = "new" | "checking" | "connected" | "disconnected" | "failed";
export type DtlsState = "new" | "connecting" | "connected" | "failed";

/** What the connectivity tells the peer that it belongs to. */
export type ConnectivityReport =
  | { readonly type: "ice.moved"; readonly state: IceState }
  | { readonly type: "dtls.moved"; readonly state: DtlsState }
  | { readonly type: "iceRestart.needed" }
  /** Nothing can bring it back; the client was told why. */
  | { readonly type: "connectivity.failed"; readonly code: ErrorCode };
