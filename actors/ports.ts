import type { DtlsChanged, GatheringChanged, IceServerFailed } from "../machines/connectivity_events.ts";
import type { Description } from "../machines/negotiation_events.ts";
import type { CandidateInit, ClientMessage } from "../protocol/client_message.ts";
import type { ConnectionObservation } from "../protocol/connection_observation.ts";
import type { IceCredentialList, IceUsage } from "../protocol/ice_credentials.ts";
import type { IceServer } from "../protocol/ice_server.ts";
import type { ResumeClaim } from "../protocol/resume_claim.ts";
import type { ServerMessage } from "../protocol/server_message.ts";
import type { DataChannel, DataChannelOptions, RemoteTrack, SendOptions, SentTrack } from "./application.ts";

// What the actors ask of the outside world. `transport/` implements it; nothing here knows a library.

/** One client's WebSocket, as an actor sees it. Owned by the edge; every method is safe at any time, closed or not. */
export interface SignallingSocket {
  /** Unique in the cluster: the client's `peer` in rooms. Matches `[A-Za-z0-9_-]{1,48}`, so that more can be made of it. */
  readonly id: string;
  /** The address that the socket came from, for the log. */
  readonly remoteAddress: string;
  /** Queues a message; a socket that is slow for too long is closed by the edge, never waited for. */
  send(message: ServerMessage): void;
  /** The same for a message that is encoded already and is no error. */
  sendEncoded(text: string): void;
  /** Sends what is queued, then closes. `code` is one of RFC 6455's or of ours (see the error codes). */
  close(code: number, reason: string): void;
}

/** What the edge tells of its sockets, each in the order in which it happened. */
export interface SignallingListener {
  socketOpened(socket: SignallingSocket): void;
  /** Only what was parsed and checked; the edge answers the rest with errors by itself. */
  messageReceived(socket: SignallingSocket, message: ClientMessage): void;
  /** Once for each opened socket, after which the edge tells no more of it. */
  socketClosed(socket: SignallingSocket, closing: { readonly code: number }): void;
}

/** Signs and reads what clients come back with; implemented by `transport/signing/`. */
export interface ResumeTokens {
  /** How long a token is believed by nodes that never knew the session, unless it was signed for less. */
  readonly lifetimeMs: number;
  /** Milliseconds since 1970, as tokens have them. */
  now(): number;
  sign(claim: Omit<ResumeClaim, "node" | "expiresAtMs">, options?: { readonly lifetimeMs: number }): string;
  /** @throws {SignalboxError} `session-gone` for what this cluster did not sign. */
  read(token: string): ResumeClaim;
  /** What a session is claimed under next, by a client that comes back to it: above all epochs known of it, and what any node says later. */
  nextEpoch(knownEpoch: number): number;
  /** Why a session that nobody has cannot be taken up by this node; undefined when it can. */
  findObstacle(claim: ResumeClaim): string | undefined;
}

/** STUN and TURN servers for one peer. */
export interface IssuedServers {
  readonly iceServers: readonly IceServer[];
  /** When the first of their credentials runs out, in milliseconds since 1970; none does without it. */
  readonly expiresAtMs?: number;
}

/** Where STUN and TURN servers come from; implemented by `transport/ice/`. */
export interface IceServerSource {
  /**
   * What one peer is given, from what is there now: nothing is waited for, and a source that has nothing gives an empty list.
   *
   * @param peerId whom the credentials are for, as far as they can be for one peer; matches `[A-Za-z0-9_-]{1,64}`
   */
  issue(peerId: string, options?: IssueOptions): IssuedServers;
  /** The peer needs none any more. */
  forget?(peerId: string): void;
  /**
   * Calls `changed` when there are servers where there were none, or others before those that were given have expired: for one peer, or for all
   * where none is named.
   */
  watch?(changed: (peerId?: string) => void): void;
}

export interface IssueOptions {
  /** They are for the node's end of a peer connection, which tells them to nobody. */
  readonly isForNode?: boolean;
}

/** What operators may do with the credentials of a source; a text says why it cannot be done. */
export interface IceCredentials {
  /** Unique among the sources of a node: `metered`, `metered-2`. */
  readonly source: string;
  /** How long a credential may live, in milliseconds. */
  readonly lives: { readonly minMs: number; readonly maxMs: number };
  /** Makes one for `peerId`, for the life of the source unless it is told another one. @throws {ProviderFailure} */
  readonly issue: ((peerId: string, ttlMs?: number) => Promise<IssuedServers>) | string;
  /** @throws {ProviderFailure} */
  readonly list: (() => Promise<IceCredentialList>) | string;
  /** @throws {ProviderFailure} also for one that there is not */
  readonly disable: ((username: string) => Promise<void>) | string;
  /** @throws {ProviderFailure} */
  readonly usage: (() => Promise<IceUsage>) | string;
}

/** What a provider gave. */
export interface FetchedServerSet extends IssuedServers {
  /** Servers of no known end are asked for anew after this time, in milliseconds. */
  readonly renewInMs: number;
}

/** Who is asked for servers over the network; implemented by `transport/ice/`. */
export interface IceProvider {
  readonly credentials: Omit<IceCredentials, "source">;
  /** @throws {ProviderFailure} in a time that it bounds itself */
  fetch(): Promise<FetchedServerSet>;
  /** Tells the provider whose a credential is that was fetched before that was known. @throws {ProviderFailure} */
  label?(username: string, peerId: string): Promise<void>;
}

/** Makes the engine of one peer connection; implemented by `transport/media/`. */
export interface PeerEngineFactory {
  /** Opens nothing yet: sockets come with the first description. `report` is never called before `create` returned. */
  create(options: PeerEngineOptions): PeerEngine;
}

/** What an engine is given. */
export interface PeerEngineOptions {
  readonly peerId: string;
  /** Where the engine reports to, always asynchronously, never after `close()` was called. */
  readonly report: (event: PeerEngineEvent) => void;
  /** The media plane's way to the application; never through a machine. */
  readonly media: PeerMediaListener;
}

/** What an engine reports: facts, none of which it acts on by itself. */
export type PeerEngineEvent =
  | GatheringChanged
  | { readonly type: "candidate.gathered"; readonly candidate: CandidateInit | null }
  | { readonly type: "ice.changed"; readonly state: "new" | "checking" | "connected" | "failed" }
  | DtlsChanged
  | IceServerFailed
  /** The other side nominated another candidate pair, which is used from now on (`selectedcandidatepairchange` of the W3C). */
  | { readonly type: "selectedPair.changed" }
  /** Nothing came from the other side for the configured silence; `transport.heard` says when something came again. */
  | { readonly type: "transport.silent" }
  | { readonly type: "transport.heard" }
  /** The other side did not consent to be sent to for too long (RFC 7675): the engine sends nothing before an ICE restart. */
  | { readonly type: "consent.expired" }
  /** The other side ended the transport itself: a DTLS close_notify or an SCTP ABORT. */
  | { readonly type: "transport.ended" }
  /** A track or a channel was added or removed here, so an offer is due (W3C WebRTC 4.7.3). */
  | { readonly type: "negotiation.needed" };

/** One peer connection of the library underneath. It does what the machines decided and decides nothing itself. */
export interface PeerEngine {
  /** @throws {SignalboxError} `bad-sdp`. Afterwards the engine is as it was, or says so by `isTainted` in the details. */
  applyRemoteDescription(description: Description): Promise<void>;
  /**
   * Makes a description, takes it as its local one and starts gathering. What it returns holds the host candidates.
   *
   * @throws {SignalboxError} `bad-state` when the engine cannot.
   */
  createLocalDescription(type: Description["type"], options: { readonly isIceRestart: boolean }): Promise<Description>;
  /** Takes back the pending offer of the side named (W3C WebRTC 4.4.1.5). */
  rollback(side: "local" | "remote"): Promise<void>;
  /** @throws {SignalboxError} `bad-candidate`. Never for one of an unresolvable name, which is skipped. */
  addRemoteCandidate(candidate: CandidateInit): Promise<void>;
  createDataChannel(label: string, options: DataChannelOptions): DataChannel;
  addTrack(track: RemoteTrack, options?: SendOptions): SentTrack;
  /** What the transport is like now. Cheap, and it never throws: of an engine that is closed, or has nothing yet, there is nothing. */
  observe(): ConnectionObservation;
  /** Says goodbye to the other side, frees every socket, timer and listener. The first call counts; it never throws. */
  close(): Promise<void>;
}

/** A data channel as what is built into the node uses it. */
export interface EngineChannel extends DataChannel {
  /**
   * As `send`, for those who send much to many: bytes are not copied, and nobody may change them afterwards, and what `send` would throw
   * is the code that is returned.
   */
  trySend(data: string | Uint8Array): SendOutcome;
}

/** What became of a message. */
export type SendOutcome = "sent" | "bad-state" | "message-too-large" | "buffer-full";

/** Told of what the other side sends; see `PeerEngineOptions.media`. None of it throws. */
export interface PeerMediaListener {
  channelOpened(channel: EngineChannel): void;
  trackAdded(track: RemoteTrack): void;
  /** A handler that the application set on a channel or track threw. */
  handlerFailed(error: unknown): void;
}
