// Signalbox client: npm run client
/**
 * What the SDK needs of its surroundings; a browser has it all, `web/node/werift_platform.ts` brings it to Node, and tests
 * have time and chance in their hands.
 */
interface Platform {
  /** Where the server is when nobody says: `ws:` or `wss:`; undefined where there is no page. */
  readonly defaultUrl: string | undefined;
  /** Opens a WebSocket at once. */
  createSocket(url: string): WebSocket;
  createPeerConnection(configuration: RTCConfiguration): RTCPeerConnection;
  /** Undefined where there are none: in Node, and in pages that are not secure. */
  readonly mediaDevices: MediaDevices | undefined;
  /** Whether the surroundings allow cameras at all (W3C Secure Contexts). */
  readonly isSecure: boolean;
  /** Milliseconds on a clock that never goes back. */
  now(): number;
  /** From 0 to below 1. */
  random(): number;
  /** Calls back once after `delayMs`; returns what cancels that. */
  startTimer(delayMs: number, callback: () => void): () => void;
  /** What the system says of its network; true is no promise. */
  readonly isOnline: boolean;
  /**
   * Calls back when the network changed, or the page came back from the background or from sleep; returns what ends that.
   * `isNetworkNew`: the network is back, and most likely it is another one.
   */
  onWake(callback: (isNetworkNew: boolean) => void): () => void;
}
/** The page's own WebSocket, WebRTC, devices, clock and events. */
export declare const browserPlatform: Platform;
/** How a camera or a microphone is opened; wishes, but for `deviceId`, which is a must. */
interface CaptureOptions {
  /** From {@linkcode listDevices}; by default the browser's choice. */
  readonly deviceId?: string;
  /** For a camera: 1280 x 720 at 30 by default. */
  readonly width?: number;
  readonly height?: number;
  readonly frameRate?: number;
  /** For a microphone: echo, noise and loudness are worked on by default. */
  readonly isRaw?: boolean;
}
/** What a screen was shared as. */
interface ScreenTracks {
  readonly video: MediaStreamTrack;
  /** When sound was shared, too. */
  readonly audio?: MediaStreamTrack;
}
/**
 * Opens a camera, for a preview or to be published. Whoever opens it stops it, or has a room publish it.
 *
 * @throws {ClientError} that says what to do: `permission-denied`, `device-in-use`, `device-not-found`, `overconstrained`,
 *   `insecure-context` or `capture-failed`.
 */
export declare function openCamera(options?: CaptureOptions, platform?: Platform): Promise<MediaStreamTrack>;
/** Opens a microphone, as {@linkcode openCamera} a camera. */
export declare function openMicrophone(options?: CaptureOptions, platform?: Platform): Promise<MediaStreamTrack>;
/**
 * Opens both with one question to the person: a browser asks at once for what is wanted at once.
 *
 * @throws {ClientError} as {@linkcode openCamera}. None of the two is open then; either may work alone.
 */
export declare function openCameraAndMicrophone(options?: {
  readonly camera?: CaptureOptions;
  readonly microphone?: CaptureOptions;
}, platform?: Platform): Promise<{
  readonly camera: MediaStreamTrack;
  readonly microphone: MediaStreamTrack;
}>;
/**
 * Has the person choose a screen, window or tab; must be called from a click.
 *
 * @throws {ClientError} `capture-canceled` when nothing was chosen, and as {@linkcode openCamera}.
 */
export declare function openScreen(options?: {
  readonly isSilent?: boolean;
}, platform?: Platform): Promise<ScreenTracks>;
/** The cameras or microphones; without their names until the person allowed one of them. */
export declare function listDevices(kind: MediaDeviceKind, platform?: Platform): Promise<MediaDeviceInfo[]>;
/**
 * What each error code means and what happens next. The list is closed: a client may switch over it.
 * `isTold`: the client sees it. `closeCode`: the WebSocket close code when the error ends the socket: 4400
 * to 4499 are ours and mean abuse, the others are registered (RFC 6455, 7.4). `isRetryable`: the same request may succeed later.
 */
declare const table: {
  readonly "bad-json": {
    readonly meaning: "The frame is not JSON.";
    readonly isTold: true;
    readonly isRetryable: false;
  };
  readonly "bad-message": {
    readonly meaning: "The message has an unknown type, or a field that is missing, unknown in shape or out of bounds.";
    readonly isTold: true;
    readonly isRetryable: false;
  };
  readonly "bad-sdp": {
    readonly meaning: "The session description cannot be used; the message says which line or section and why.";
    readonly isTold: true;
    readonly isRetryable: false;
  };
  readonly "bad-candidate": {
    readonly meaning: "The candidate cannot be parsed, names no media section of the description, or came too often.";
    readonly isTold: true;
    readonly isRetryable: false;
  };
  readonly "bad-state": {
    readonly meaning: "The message does not fit the state: an answer without an offer, or a join while in a room.";
    readonly isTold: true;
    readonly isRetryable: false;
  };
  readonly "not-joined": {
    readonly meaning: "The message is about a room, and the client is in none.";
    readonly isTold: true;
    readonly isRetryable: false;
  };
  readonly "session-gone": {
    readonly meaning: "The session cannot be resumed: it ended, nobody came back in time, or the token has run out or is none of this cluster's. Join anew.";
    readonly isTold: true;
    readonly isRetryable: false;
  };
  readonly replaced: {
    readonly meaning: "The session was taken over on another socket, where it goes on.";
    readonly isTold: false;
    readonly closeCode: 4409;
    readonly isRetryable: false;
  };
  readonly "data-lost": {
    readonly meaning: "Data came while the client's socket was gone, more than is kept for it; the message says how much is lost.";
    readonly isTold: true;
    readonly isRetryable: false;
  };
  readonly "no-such-peer": {
    readonly meaning: "The room has no such peer, or no longer; whoever else was named got the message.";
    readonly isTold: true;
    readonly isRetryable: false;
  };
  readonly "no-such-track": {
    readonly meaning: "The room has no such track, or no longer.";
    readonly isTold: true;
    readonly isRetryable: false;
  };
  readonly "no-such-layer": {
    readonly meaning: "The track has no such simulcast layer; `layers` of the track names those that it has.";
    readonly isTold: true;
    readonly isRetryable: false;
  };
  readonly forbidden: {
    readonly meaning: "The client may not do that: the program on the node refused it, the track is not the client's own, or the room takes no such channel.";
    readonly isTold: true;
    readonly isRetryable: false;
  };
  readonly "room-full": {
    readonly meaning: "The room holds as many peers as it may, or these say as much of themselves and their tracks as they may together.";
    readonly isTold: true;
    readonly isRetryable: true;
  };
  readonly "too-many-tracks": {
    readonly meaning: "The peer publishes as many tracks as it may, or as the room has words for; this one reaches nobody.";
    readonly isTold: true;
    readonly isRetryable: true;
  };
  readonly "join-timeout": {
    readonly meaning: "The program on the node did not say in time whether the client may join.";
    readonly isTold: true;
    readonly isRetryable: true;
  };
  readonly "room-crashed": {
    readonly meaning: "The room, or the client's part in it, ended by a fault of the server. Join again.";
    readonly isTold: true;
    readonly isRetryable: true;
  };
  readonly "rate-limited": {
    readonly meaning: "More messages in a second than allowed, or more than may wait while a join is decided; this one was dropped.";
    readonly isTold: true;
    readonly isRetryable: true;
  };
  readonly "negotiation-timeout": {
    readonly meaning: "The client's answer, or a step of the negotiation on the server, did not come in time.";
    readonly isTold: true;
    readonly isRetryable: true;
  };
  readonly "ice-failed": {
    readonly meaning: "No candidate pair works, or the one in use stopped answering. An ICE restart from the client may help.";
    readonly isTold: true;
    readonly isRetryable: true;
  };
  readonly "dtls-failed": {
    readonly meaning: "The DTLS handshake did not end well: no answer, or a certificate that does not match its fingerprint.";
    readonly isTold: true;
    readonly isRetryable: true;
  };
  readonly "peer-crashed": {
    readonly meaning: "The server's side of this peer connection ended by a fault of the server. A new offer starts a new one.";
    readonly isTold: true;
    readonly isRetryable: true;
  };
  readonly overloaded: {
    readonly meaning: "The node holds as many sessions or rooms as it may, or no UDP port is free for one more peer connection.";
    readonly isTold: true;
    readonly closeCode: 1013;
    readonly isRetryable: true;
  };
  readonly "shutting-down": {
    readonly meaning: "The node is stopping. Connect again: another node, or this one after its restart, answers.";
    readonly isTold: true;
    readonly closeCode: 1012;
    readonly isRetryable: true;
  };
  readonly "frame-too-large": {
    readonly meaning: "A frame is longer than the limit.";
    readonly isTold: true;
    readonly closeCode: 4413;
    readonly isRetryable: false;
  };
  readonly "too-many-errors": {
    readonly meaning: "Too many of the last messages were errors.";
    readonly isTold: true;
    readonly closeCode: 4429;
    readonly isRetryable: false;
  };
  readonly "slow-consumer": {
    readonly meaning: "The client did not read what it was sent for too long.";
    readonly isTold: false;
    readonly closeCode: 4408;
    readonly isRetryable: true;
  };
  readonly "message-too-large": {
    readonly meaning: "Metadata, the payload of `data` or a data channel message are longer than the server, the other side, or somebody in the room, accepts.";
    readonly isTold: true;
    readonly isRetryable: false;
  };
  readonly "buffer-full": {
    readonly meaning: "More is queued on a data channel than its limit allows; wait until it drained.";
    readonly isTold: false;
    readonly isRetryable: true;
  };
  readonly "no-responders": {
    readonly meaning: "Nobody in the cluster listens to what was asked.";
    readonly isTold: false;
    readonly isRetryable: true;
  };
  readonly "bus-timeout": {
    readonly meaning: "The cluster's bus brought no answer in time; whether anyone did what was asked is unknown.";
    readonly isTold: false;
    readonly isRetryable: true;
  };
  readonly "bus-cut-off": {
    readonly meaning: "The node cannot reach the other nodes at the moment.";
    readonly isTold: false;
    readonly isRetryable: true;
  };
  readonly "bus-closed": {
    readonly meaning: "The node has let go of the cluster's bus, since it stops.";
    readonly isTold: false;
    readonly isRetryable: false;
  };
  readonly "payload-too-large": {
    readonly meaning: "A message is longer than the cluster's bus takes.";
    readonly isTold: false;
    readonly isRetryable: false;
  };
  readonly "bad-config": {
    readonly meaning: "A setting has a value that is not allowed. The node does not start.";
    readonly isTold: false;
    readonly isRetryable: false;
  };
};
/** A code of the closed list {@linkcode errorCodes}. */
type ErrorCode = keyof typeof table;
/** What can go wrong on this side; the server's own codes (docs/errors.md) come through as they are. */
declare const remedies: {
  readonly aborted: "It was left or taken back before it was done.";
  readonly "autoplay-blocked": "Call room.resumePlayback() from a click or a key press.";
  readonly "capture-canceled": "The person closed the dialog without choosing. Ask again when they want to.";
  readonly "capture-failed": "The device does not deliver. Plug it in again, or choose another one.";
  readonly "device-in-use": "Another program uses the device. Close it there, or choose another one.";
  readonly "device-lost": "The device was unplugged or taken away. Plug it in again, or choose another one.";
  readonly "device-not-found": "There is no such device. Plug one in, or go on without.";
  readonly "insecure-context": "Open the page over https:// or from localhost: browsers give no camera to other pages.";
  readonly kicked: "The server put this peer out of the room. Ask whoever runs the room before joining again.";
  readonly "media-failed": "It begins again by itself. Where it never works, a firewall is in the way: a TURN server helps.";
  readonly "not-joined": "Join first, or wait until room.state is joined again.";
  readonly overconstrained: "No device can do what was asked for. Ask for less: drop deviceId, width or frameRate.";
  readonly "permission-denied": "Allow the page to use it in the browser's site settings, then try again.";
  readonly replaced: "The same session was opened elsewhere. Close one of the two, and join again here.";
  readonly silent: "The server stopped answering. A new connection is made by itself.";
  readonly timeout: "The server took too long. Try again; if it stays so, look at the server's log.";
  readonly "token-failed": "The page's own token() did not give one. It is asked again at the next attempt.";
  readonly unreachable: "Check the address, the network and that the server runs.";
  readonly unsupported: "";
};
/** What only the client itself can find. */
type ClientOnlyCode = keyof typeof remedies;
/** Every code that a {@linkcode ClientError} may have. */
type ClientErrorCode = ClientOnlyCode | ErrorCode;
/** A failure that is expected to happen: `code` is for the program, `message` says to people what happened and what to do. */
export declare class ClientError extends Error {
  readonly name = "ClientError";
  readonly code: ClientErrorCode;
  /** `what` reads `Cannot <do what>: <why>`; the remedy of a code of ours is added. */
  constructor(code: ClientErrorCode, what: string, options?: ErrorOptions);
  /** Whether the same may succeed later without anybody changing anything. */
  get isRetryable(): boolean;
  /** The same error as it is, or an unexpected one wrapped under `code`. */
  static from(cause: unknown, code: ClientErrorCode, what: string): ClientError;
}
/** A layer of simulcast: its RID (RFC 8851), by how much the picture is smaller, and the most bits in a second. */
interface SimulcastLayer {
  readonly rid: string;
  readonly scaleResolutionDownBy: number;
  readonly maxBitrate: number;
}
/** Three layers, the lowest first, for a camera of 720 lines: 180, 360 and 720. The browser leaves out what is too small. */
export declare const defaultLayers: readonly SimulcastLayer[];
/** How a track is sent. */
interface EncodingOptions {
  /** Three layers for a camera by default; `true` for others, `false` for one stream, or layers of your own, the lowest first. */
  readonly simulcast?: boolean | readonly SimulcastLayer[];
  /** The most bits in a second, without simulcast. */
  readonly maxBitrate?: number;
}
/** To whom data goes, and what it is about. */
interface DataOptions {
  readonly to?: readonly string[];
  readonly topic?: string;
}
/**
 * Where a room is on its way in: `idle` before `join()`, `connecting` while a socket opens, `joining` while the server decides,
 * `joined`, `waiting` for the next attempt, `left` by `leave()`, `failed` when trying again is of no use.
 */
type JoinState = "idle" | "connecting" | "joining" | "joined" | "waiting" | "left" | "failed";
/** A track that this client publishes. It outlives reconnects: the room publishes it again. Made by the `publish` methods of a room. */
declare class LocalTrack {
  #private;
  readonly kind: "audio" | "video";
  readonly source: string;
  readonly name: string;
  /** The id in the room; null while the server does not have it. Another one after a new join. */
  get id(): string | null;
  /** What is sent. Ended while the camera is off. */
  get mediaStreamTrack(): MediaStreamTrack;
  /** Whether the others are told that it is muted: by `mute()`, or because its device is gone. */
  get isMuted(): boolean;
  /** Whether its device was unplugged and no other was found. */
  get isLost(): boolean;
  /** Sends nothing any more, and tells so at once; a camera is switched off then. */
  mute(): Promise<void>;
  /**
   * Goes on sending; the last of several calls of `mute` and `unmute` counts.
   *
   * @throws {ClientError} when the camera cannot be opened again; it stays muted then.
   */
  unmute(): Promise<void>;
  /** Sends another track of the same kind in its place, without a negotiation. The one before goes on; stop it, if it is yours. */
  replaceTrack(track: MediaStreamTrack): Promise<void>;
  /**
   * Takes it from another device; the one before is closed. The last of several wishes counts.
   *
   * @throws {ClientError} when that cannot be opened, or the track is from no device.
   */
  setDevice(deviceId: string): Promise<void>;
  /** Takes it out of the room. What the room opened is closed. */
  unpublish(): void;
}
/** A published track as everybody in the room sees it. */
interface Track {
  /** Unique in the cluster. */
  readonly id: string;
  readonly kind: "audio" | "video";
  readonly source: string;
  readonly name: string;
  readonly muted: boolean;
  /** The RIDs of its simulcast layers (RFC 8853), the lowest first; absent without simulcast. */
  readonly layers?: readonly string[];
}
/** A member of a room as everybody in it sees it. */
interface PeerInfo {
  /** Unique in the cluster. */
  readonly id: string;
  readonly name: string;
  /** Any JSON value; null when none was given. */
  readonly metadata: unknown;
  readonly state: "connected" | "reconnecting";
  readonly tracks: readonly Track[];
}
/** Why a peer left. */
type LeaveReason = "left" | "timeout" | "kicked" | "node-lost" | "replaced";
/** How well a connection does: `lost` when nothing arrives any more, `unknown` while there is nothing to judge by. */
type Quality = "excellent" | "good" | "poor" | "lost" | "unknown";
/** What a verdict is made from. */
interface QualityReading {
  /** The share of packets that were lost, from 0 to 1. */
  readonly packetLoss: number;
  readonly jitterMs: number;
  /** Null when not known. */
  readonly roundTripMs: number | null;
  /** Packets since the last reading. */
  readonly packets: number;
}
/** What was measured of one track since the last reading. */
interface TrackStats extends QualityReading {
  /** The track's id. */
  readonly track: string;
  readonly direction: "sent" | "received";
  readonly kind: "audio" | "video";
  /** Bits in a second. */
  readonly bitrate: number;
  /** Of the largest picture; 0 for audio. */
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
  /** The layers that are sent, by their RIDs; empty for what is received or has none. */
  readonly layers: readonly {
    readonly rid: string;
    readonly width: number;
    readonly height: number;
    readonly bitrate: number;
  }[];
}
/** What was measured in a room since the last reading. */
interface RoomStats {
  /** To the server and back, as ICE measures it; null when not known. */
  readonly roundTripMs: number | null;
  /** Bits in a second that the way to the server carries, as the browser estimates; null when not known. */
  readonly availableOutgoingBitrate: number | null;
  readonly tracks: readonly TrackStats[];
}
/** Somebody who speaks, with a level from 0 to 1. */
interface Speaker {
  /** The id of the peer; your own, when it is you. */
  readonly peer: string;
  readonly level: number;
}
/** What somebody sent by `sendData`. */
interface DataMessage {
  readonly from: string;
  /** Undefined when they left meanwhile. */
  readonly peer: Peer | undefined;
  readonly topic: string | undefined;
  readonly payload: unknown;
}
/** What a room tells, and what comes with it. */
interface RoomEvents {
  "state-changed": JoinState;
  "media-state-changed": RTCPeerConnectionState;
  "peer-joined": Peer;
  /** Name, metadata or state. */
  "peer-updated": Peer;
  "peer-left": {
    readonly peer: Peer;
    readonly reason: LeaveReason;
  };
  "track-published": RemoteTrack;
  /** Muted, unmuted or called something else. */
  "track-updated": RemoteTrack;
  "track-unpublished": RemoteTrack;
  /** `mediaStreamTrack` is there, or another one. */
  "track-started": RemoteTrack;
  /** Nothing of it is received any more. */
  "track-stopped": RemoteTrack;
  /** It got its id, was muted or unmuted, or has another device. */
  "local-track-updated": LocalTrack;
  "local-track-unpublished": LocalTrack;
  data: DataMessage;
  /** The loudest first; empty when nobody speaks. */
  speakers: readonly Speaker[];
  /** What was measured since the last time. */
  stats: RoomStats;
  /** `peer` is undefined for your own way to the server. */
  "quality-changed": {
    readonly peer: Peer | undefined;
    readonly quality: Quality;
  };
  /** The browser plays nothing before a click: have `resumePlayback()` called from one. */
  "playback-blocked": ClientError;
  /** Something was plugged in or out: list the devices again. */
  "devices-changed": undefined;
  /** A camera or microphone is gone; another one is looked for. */
  "device-lost": {
    readonly track: LocalTrack;
    readonly error: ClientError;
  };
  /** Another device took the place of the one that was lost. */
  "device-switched": {
    readonly track: LocalTrack;
  };
  /** Something that was asked for was refused, or failed; the room goes on. */
  error: ClientError;
}
/** A track that somebody else publishes. Found in `peer.tracks`; it lives as long as the publisher's publication. */
declare class RemoteTrack {
  #private;
  readonly id: string;
  readonly peer: Peer;
  readonly kind: "audio" | "video";
  /** `camera`, `microphone`, `screen`, `screen-audio` or any other word. */
  get source(): string;
  get name(): string;
  /** Whether the publisher sends nothing now; a video stays on its last picture: cover it. */
  get isMuted(): boolean;
  /** The RIDs of its simulcast layers, the lowest first; empty without simulcast. */
  get layers(): readonly string[];
  /** What is received; null while nothing is. Another one after a reconnect: `track-started` tells. */
  get mediaStreamTrack(): MediaStreamTrack | null;
  /** Whether it is wanted. */
  get isSubscribed(): boolean;
  /** The highest layer that is wanted; null for the best that the bandwidth allows. */
  get layer(): string | null;
  /** Has it sent. */
  subscribe(): void;
  /** Has it sent no more. */
  unsubscribe(): void;
  /** Chooses the highest simulcast layer to get, by its RID; null leaves it to the bandwidth. */
  setLayer(rid: string | null): void;
  /** Plays it in an element, now and after each reconnect, until it is detached. `playback-blocked` tells when the browser refuses. Throws `bad-state` for what is no element to play in. */
  attach<E extends HTMLMediaElement>(element: E): E;
  /** No longer plays it in an element, or in any. */
  detach(element?: HTMLMediaElement): void;
}
/** Somebody else in the room. */
declare class Peer {
  #private;
  readonly id: string;
  get name(): string;
  /** Any JSON value; null when none was given. */
  get metadata(): unknown;
  /** `reconnecting` while its connection to the server is broken. */
  get state(): PeerInfo["state"];
  /** What it publishes, by the tracks' ids. */
  get tracks(): ReadonlyMap<string, RemoteTrack>;
  /** The track of a source, such as `camera`; the first, if there are several. */
  trackOf(source: string): RemoteTrack | undefined;
  /** How well what it sends arrives here. */
  get quality(): Quality;
}
/** What is said of a track that is published. */
interface PublishOptions extends EncodingOptions {
  /** `camera`, `microphone`, `screen`, `screen-audio` or any other word; by default `microphone` or `camera`. */
  readonly source?: string;
  /** For people to read. */
  readonly name?: string;
  /** Whether `mute()` switches the camera off, with its light; true by default. Only for what the SDK opened. */
  readonly isReleasedWhenMuted?: boolean;
  /** Whether the room stops the track in the end; true for what its own methods opened. */
  readonly isOwned?: boolean;
}
/** Tells listeners what happened. `Events` holds what each event carries, by the event's name. */
declare class Emitter<Events extends object> {
  #private;
  /** Has `listener` called at every event of the name, in the order of their coming; returns what ends that. */
  on<K extends keyof Events>(name: K, listener: (value: Events[K]) => void): () => void;
}
/** What came on a room channel, and from whom. */
interface ChannelMessage {
  /** The id of the sender's peer. */
  readonly from: string;
  readonly data: string | Uint8Array;
}
/** What a room channel tells. */
interface RoomChannelEvents {
  open: undefined;
  message: ChannelMessage;
  /** It is closed: by `close()`, or until the connection is back. */
  close: undefined;
}
/** How a room channel carries its messages; reliable and in order by default (W3C WebRTC 6.2). */
interface RoomChannelOptions {
  readonly ordered?: boolean;
  readonly maxRetransmits?: number;
  readonly maxPacketLifeTime?: number;
}
/** A data channel to everybody in the room who has one of the same label. It outlives reconnects. Made by `room.openChannel`. */
declare class RoomChannel extends Emitter<RoomChannelEvents> {
  #private;
  readonly label: string;
  /** Whether messages can be sent now. */
  get isOpen(): boolean;
  /** Bytes that wait to be sent. */
  get bufferedAmount(): number;
  /**
   * Sends a message to every other channel of the label.
   *
   * @throws {ClientError} `not-joined` while the channel is not open, `message-too-large`, `buffer-full`.
   */
  send(data: string | Uint8Array<ArrayBuffer>): void;
  /** Closes it for good. */
  close(): void;
}
/** How a room is joined. All of it may be left out. */
interface RoomOptions {
  /** The server: `wss://host/ws`; by default the one that `/client.js` or the page came from. */
  readonly url?: string;
  /** What this peer is called, for people to read. */
  readonly name?: string;
  /** Any JSON value that the others see. */
  readonly metadata?: unknown;
  /** The token that lets it in, where the server wants one; a function is asked at each join, so that it may get a new one. */
  readonly token?: string | (() => string | Promise<string>);
  /** `none`: nothing is received that was not asked for by `track.subscribe()`. `all` by default. */
  readonly subscribe?: "all" | "none";
  /** For the peer connection; `iceServers` take the place of those that the server names. */
  readonly rtcConfiguration?: RTCConfiguration;
  /** How long the first join may take, with all its attempts: 20 s by default. Later it is tried until it works. */
  readonly joinTimeoutMs?: number;
  /** How long one step may take: opening the socket, the server's decision. 10 s by default. */
  readonly stepTimeoutMs?: number;
  /** How often `stats` and `quality-changed` are told: every 3 s by default, 0 for never. */
  readonly statsIntervalMs?: number;
  /** Where it runs: the browser by default, `weriftPlatform` in Node. */
  readonly platform?: Platform;
}
/**
 * A room as its member sees it, from `join()` to `leave()`: who is there, what they send, and what is sent to them. It
 * reconnects by itself; its objects stay the same.
 */
export declare class Room {
  #private;
  readonly name: string;
  /**
   * Nothing is opened before `join()`, but what is published until then is sent from the start.
   *
   * @throws {ClientError} `unsupported` in Node without a `platform`, `unreachable` when nobody said where the server is, `bad-message` or
   *   `message-too-large` for the metadata.
   */
  constructor(name: string, options?: RoomOptions);
  /** Where it is on its way in; `waiting` means that it reconnects. */
  get state(): JoinState;
  /** The W3C's `connectionState` of the media; `new` without any. */
  get mediaState(): RTCPeerConnectionState;
  /** Your own id; another one after a new join. Empty before the first. */
  get id(): string;
  /** Your own metadata, as the others see it. */
  get metadata(): unknown;
  /** Everyone else, by id. */
  get peers(): ReadonlyMap<string, Peer>;
  /** What you publish. */
  get localTracks(): ReadonlySet<LocalTrack>;
  /** Who speaks now, the loudest first. */
  get speakers(): readonly Speaker[];
  /** How well what you send arrives at the server. */
  get quality(): Quality;
  /** Why the room was not joined, or was lost; undefined when it never was. */
  get lastError(): ClientError | undefined;
  /** Has `listener` called at every event of the name; returns what ends that. */
  on<K extends keyof RoomEvents>(name: K, listener: (value: RoomEvents[K]) => void): () => void;
  /**
   * Goes in. A room that was left or has failed may be joined again.
   *
   * @throws {ClientError} with the server's code when it refuses; `unreachable` or `timeout` when nothing worked in time.
   */
  join(): Promise<void>;
  /** Leaves; what the room opened is closed. */
  leave(): void;
  /**
   * Publishes a track; resolves when the server has it. It is yours: who opened it stops it.
   *
   * @throws {ClientError} such as `too-many-tracks` or `bad-sdp`, when the server refuses it; `bad-state` for what is no track.
   */
  publish(track: MediaStreamTrack, options?: PublishOptions): Promise<LocalTrack>;
  /** Opens the camera and publishes it with simulcast; throws as `openCamera` and `publish`. */
  publishCamera(options?: CaptureOptions & PublishOptions): Promise<LocalTrack>;
  /** Opens the microphone and publishes it; throws as `openMicrophone` and `publish`. */
  publishMicrophone(options?: CaptureOptions & PublishOptions): Promise<LocalTrack>;
  /** Has the person choose a screen and publishes it, with its sound if it has any; to be called from a click. */
  publishScreen(options?: PublishOptions & {
    readonly isSilent?: boolean;
  }): Promise<readonly LocalTrack[]>;
  /**
   * Sends any JSON value to everybody else, or to the peers named. It comes in the order in which it was sent.
   *
   * @throws {ClientError} `not-joined` while the room is not joined, `bad-message` for what JSON cannot hold, `message-too-large` above
   *   128 KiB of it. What the server refuses comes as `error`.
   */
  sendData(payload: unknown, options?: DataOptions): void;
  /**
   * Opens a data channel to everybody who opens one of the same label; for what `sendData` is too slow or too reliable for.
   *
   * @throws {ClientError} `bad-state` while there is one of the label, or when the browser does not take its options.
   */
  openChannel(label: string, options?: RoomChannelOptions): RoomChannel;
  /**
   * Replaces your metadata. The others see it at once, or after the next join. What the server refuses comes as `error`, and is undone.
   *
   * @throws {ClientError} as `sendData`, but for `not-joined`.
   */
  setMetadata(metadata: unknown): void;
  /** What was measured since the last call; undefined while there is no media. */
  getStats(): Promise<RoomStats | undefined>;
  /** Says in words how it is connected, or why it is not and what happens next. */
  explain(): string;
  /** Plays what the browser held back; to be called from a click or a key press. Throws `autoplay-blocked` when it still refuses. */
  resumePlayback(): Promise<void>;
}
/** Makes a room and joins it: `new Room(name, options)` and `join()` in one. */
export declare function joinRoom(name: string, options?: RoomOptions): Promise<Room>;
export type { CaptureOptions, ChannelMessage, ClientErrorCode, DataMessage, EncodingOptions, JoinState, LocalTrack, Peer, Platform, PublishOptions, Quality, RemoteTrack, RoomChannel, RoomChannelEvents, RoomChannelOptions, RoomEvents, RoomOptions, RoomStats, ScreenTracks, SimulcastLayer, Speaker, TrackStats };