import type { JoinRequest, Room } from "./room_application.ts";

// What a program built on a node writes against: `mod.ts` exports these names.

/** What a program does with the clients of its node. Every handler may be left out. */
export interface Application {
  /** A client's socket was opened. */
  sessionOpened?(session: Session): void;
  /**
   * A client's first offer made a peer connection; nothing is answered yet. Set the peer's handlers here. The answer
   * waits for a returned promise (no longer than the engine's time limit); closing the peer refuses it. Also called when a
   * client leaves a room, which had its peer connection until then: what it sends already is told right afterwards.
   */
  peerOpened?(peer: Peer): void | Promise<void>;
  /**
   * A client wants to enter a room; it waits for a returned promise, no longer than `joinTimeoutMs`. Without this hook everybody may.
   *
   * @throws {SignalboxError} a code that clients may be told, as `forbidden`, to refuse it.
   */
  joinRequested?(request: JoinRequest): void | Promise<void>;
  /** A room was made for a first client, who comes right afterwards. Set the room's handlers here. */
  roomOpened?(room: Room): void;
}

/** One client. It ends with its socket, or when it is closed here. */
export interface Session {
  readonly id: string;
  readonly remoteAddress: string;
  onclose: (() => void) | null;
  /** Closes the client's socket and its peer connection. `reason` is shown to the client, the first 123 bytes of it. */
  close(reason?: string): void;
}

/** The server's end of one peer connection. What needs a connection throws `bad-state` once it is closed. */
export interface Peer {
  readonly id: string;
  readonly session: Session;
  /** `RTCPeerConnectionState` (W3C WebRTC 4.3.3). */
  readonly connectionState: PeerConnectionState;
  onconnectionstatechange: ((state: PeerConnectionState) => void) | null;
  /** The client opened a data channel; it is open already. */
  ondatachannel: ((channel: DataChannel) => void) | null;
  /** The client sends a track. Called before its offer is answered, so what is added here is in the answer. */
  ontrack: ((track: RemoteTrack) => void) | null;
  /** The peer connection is over, for whatever reason, or belongs to the room that its client joined. */
  onclose: (() => void) | null;
  /** Opens a channel to the client; negotiates when it is the first one. */
  createDataChannel(label: string, options?: DataChannelOptions): DataChannel;
  /** Sends a received track, of this peer or another one of the node, to this client; negotiates when it must. */
  addTrack(track: RemoteTrack, options?: SendOptions): SentTrack;
  /** Has new ICE credentials negotiated (W3C WebRTC `restartIce`). */
  restartIce(): void;
  /** Ends the peer connection and says `bye` to the client; its session goes on. */
  close(reason?: string): void;
}

/** `RTCPeerConnectionState` (W3C WebRTC 4.3.3). */
export type PeerConnectionState = "new" | "connecting" | "connected" | "disconnected" | "failed" | "closed";

/** As `RTCDataChannelInit` (W3C WebRTC 6.2); at most one of the two limits. */
export interface DataChannelOptions {
  readonly ordered?: boolean;
  readonly maxRetransmits?: number;
  /** Milliseconds. */
  readonly maxPacketLifeTime?: number;
  readonly protocol?: string;
}

/** A data channel (RFC 8831). */
export interface DataChannel {
  readonly label: string;
  readonly protocol: string;
  readonly ordered: boolean;
  /** As in {@linkcode DataChannelOptions}; null when there is no limit. A channel with neither limit is reliable, whatever its order. */
  readonly maxRetransmits: number | null;
  readonly maxPacketLifeTime: number | null;
  readonly readyState: "connecting" | "open" | "closing" | "closed";
  /** Bytes that `send` took and that are not handed to the transport yet. */
  readonly bufferedAmount: number;
  /** `onbufferedamountlow` is called when `bufferedAmount` falls to this, in bytes; 0 at the start. */
  bufferedAmountLowThreshold: number;
  onopen: (() => void) | null;
  /** A text message as a string, a binary one as bytes that are the receiver's to keep. */
  onmessage: ((data: string | Uint8Array) => void) | null;
  onbufferedamountlow: (() => void) | null;
  onclose: (() => void) | null;
  /**
   * @throws {SignalboxError} `bad-state` when the channel is not open, `message-too-large` when the message is longer
   * than the client accepts, `buffer-full` when more is queued than the node's limit allows.
   */
  send(data: string | Uint8Array): void;
  close(): void;
}

/** A track that a client sends. */
export interface RemoteTrack {
  readonly id: string;
  readonly kind: "audio" | "video";
  /** `RTCRtpTransceiver.mid` of the section that it arrives in. */
  readonly mid: string;
  /** The RIDs of its simulcast layers (RFC 8853), the lowest first; empty without simulcast. */
  readonly layers: readonly string[];
  /** While true, nothing of it is passed on to anyone. */
  muted: boolean;
  /** `ended` for good once its section stopped, or no longer sends. */
  readonly readyState: "live" | "ended";
  onended: (() => void) | null;
  /** Asks the client for a keyframe (RFC 4585, 6.3.1); nothing for audio. */
  requestKeyframe(): void;
  /**
   * The loudest audio level (RFC 6464) since the last call, as an amplitude from 0, silent, to 1, the loudest there is. 0 when the
   * client sends no levels, nothing came, or it is muted.
   */
  takeAudioLevel(): number;
}

/** A track on its way to a client. */
export interface SentTrack {
  readonly mid: string | null;
  /**
   * `negotiating` until the client has agreed to a section for it; `sending` from then on; `rejected` when the client takes no
   * codec of the track or no track there; `stopped` at the end.
   */
  readonly state: "negotiating" | "sending" | "rejected" | "stopped";
  /** The RID of the simulcast layer that is sent now; null before the first packet and without simulcast. */
  readonly layer: string | null;
  /** `state` or `layer` is another one than before. */
  onchange: (() => void) | null;
  /** The highest simulcast layer to send, by its RID; null for the best that the client's bandwidth allows. */
  preferLayer(layer: string | null): void;
  /**
   * Sends another track in its place without a negotiation, as `RTCRtpSender.replaceTrack` (W3C WebRTC 5.2): the client sees one stream go
   * on. The one of before is sent until a keyframe of the other has come, or until it stops. `layer` and `preferLayer` go by the RIDs of
   * the first track; simulcast layers of the other stand for those in the same place.
   *
   * @throws {TypeError} for a track of another kind.
   */
  replaceTrack(track: RemoteTrack): void;
  /** Stops sending; negotiates. */
  stop(): void;
}

/** How a track is sent. */
export interface SendOptions {
  /** The id of the `MediaStream` that the client sees it in; tracks of one id are kept in step. Default: as its sender grouped it. */
  readonly streamId?: string;
  /** Whether it may go in a section that the client sends in (`shared`, the default), or only in one that it just receives in. */
  readonly section?: "shared" | "own";
}
