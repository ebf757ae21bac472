// What a program built on a node writes against: `mod.ts` exports these names.

/** What a program does with the clients of its node. Every handler may be left out. */
export interface Application {
  /** A client's socket was opened. */
  sessionOpened?(session: Session): void;
  /**
   * A client's first offer made a peer connection; nothing is answered yet. Set the peer's handlers here. The answer
   * waits for a returned promise (no longer than the engine's time limit); closing the peer refuses it.
   */
  peerOpened?(peer: Peer): void | Promise<void>;
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
  /** The peer connection is over, for whatever reason. */
  onclose: (() => void) | null;
  /** Opens a channel to the client; negotiates when it is the first one. */
  createDataChannel(label: string, options?: DataChannelOptions): DataChannel;
  /** Sends a received track, of this peer or another one of the node, to this client; negotiates when it must. */
  addTrack(track: RemoteTrack): SentTrack;
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
  onended: (() => void) | null;
  /** Asks the client for a keyframe (RFC 4585, 6.3.1); nothing for audio. */
  requestKeyframe(): void;
}

/** A track on its way to a client. */
export interface SentTrack {
  readonly mid: string | null;
  /** Stops sending; negotiates. */
  stop(): void;
}
