import type { IceServer } from "../../protocol/ice_server.ts";
import { backoffMs } from "./backoff.ts";
import { ClientError } from "./client_error.ts";
import type { Connector } from "./connector.ts";
import type { IncomingMessage } from "./incoming_message.ts";
import type { LocalTrack } from "./local_track.ts";
import { MediaConnection } from "./media_connection.ts";
import type { Platform } from "./platform.ts";
import type { RoomChannel } from "./room_channel.ts";
import type { Tell } from "./room_events.ts";
import type { Roster } from "./roster.ts";

/** How long the old connection goes on beside the new one when moving to another node. Ours: some keyframes long. */
export const overlapMs = 3_000;

/** What a media session connects. */
export interface MediaSessionOptions {
  readonly platform: Platform;
  readonly configuration: RTCConfiguration;
  readonly connector: Connector;
  readonly roster: Roster;
  readonly tell: Tell;
}

/**
 * The room's media, over one peer connection after another: publishes what is published on each of them, and gives each remote
 * track what is received of it.
 */
export class MediaSession {
  readonly localTracks = new Set<LocalTrack>();
  readonly channels = new Set<RoomChannel>();
  readonly #options: MediaSessionOptions;
  #configuration: RTCConfiguration;
  #current: MediaConnection | undefined;
  #previous: MediaConnection | undefined;
  #cancelOverlap: (() => void) | undefined;
  #cancelRebuild: (() => void) | undefined;
  /** New connections in a row that did not come about. */
  #failures = 0;
  /** Why the last connection was given up; undefined once one works. */
  lastError: ClientError | undefined;

  constructor(options: MediaSessionOptions) {
    this.#options = options;
    this.#configuration = options.configuration;
  }

  /** The W3C's state of the peer connection; `new` while there is none. */
  get state(): RTCPeerConnectionState {
    return this.#current?.pc.connectionState ?? "new";
  }

  /** The peer connection there is now, for statistics. */
  get pc(): RTCPeerConnection | undefined {
    return this.#current?.pc;
  }

  /** Whether the server or the configuration names a relay. */
  get hasTurn(): boolean {
    return /"turns?:/.test(JSON.stringify(this.#configuration.iceServers));
  }

  /** Joined: goes on with the peer connection of before, beside it, or with a new one. */
  entered(iceServers: readonly IceServer[], how: { readonly isResumed: boolean; readonly isMove: boolean }): void {
    this.#useServers(iceServers);
    if (how.isResumed && this.#current !== undefined) {
      this.#current.resynchronize(this.#options.connector.isNetworkNew);
      return;
    }
    if (how.isMove) {
      this.#endOverlap();
      this.#previous = this.#current;
      this.#current = undefined;
    } else this.#closeAll();
    this.#failures = 0;
    this.lastError = undefined;
    this.#open();
  }

  /** Of the server, unless the program has its own. What is connected goes on; the next ICE restart asks these. */
  #useServers(servers: readonly IceServer[]): void {
    const { configuration } = this.#options;
    this.#configuration = { ...configuration, iceServers: configuration.iceServers ?? (servers as RTCIceServer[]) };
    this.#current?.pc.setConfiguration(this.#configuration);
  }

  /** Makes the peer connection, if there is a reason for one now. */
  ensure(): void {
    if (this.#current === undefined && this.#cancelRebuild === undefined) this.#open();
  }

  addTrack(track: LocalTrack): void {
    this.localTracks.add(track);
    if (this.#current === undefined) this.ensure();
    else this.#bindTrack(track, this.#current.pc);
  }

  /** @throws {ClientError} `bad-state` when the browser does not take its options. */
  addChannel(channel: RoomChannel): void {
    this.channels.add(channel);
    if (this.#current === undefined) this.ensure();
    else this.#bindChannel(channel, this.#current.pc);
  }

  /** A track that the browser does not take is refused, and harms nothing else. */
  #bindTrack(track: LocalTrack, pc: RTCPeerConnection): void {
    try {
      track.bind(pc);
    } catch (cause) {
      track.refuse(ClientError.from(cause, "bad-state", `Cannot publish ${track.source}`));
    }
  }

  #bindChannel(channel: RoomChannel, pc: RTCPeerConnection): void {
    try {
      channel.bind(pc);
    } catch (cause) {
      this.channels.delete(channel);
      throw ClientError.from(cause, "bad-state", `Cannot open channel "${channel.label}"`);
    }
  }

  /** Takes a message about the peer connection; false for any other. */
  receive(message: IncomingMessage): boolean {
    if (message.type === "ice-servers") this.#useServers(message.iceServers);
    if (message.type === "bye") {
      this.#rebuild(
        new ClientError("media-failed", `The server ended the media connection (${message.reason ?? "no reason"})`),
      );
      return true;
    }
    return this.#current?.receive(message) ?? false;
  }

  /** Takes an error of the server, as far as it is about the peer connection; says whether it is about the last offer. */
  receiveError(error: ClientError, ref: unknown): boolean {
    if (error.code === "peer-crashed") this.#rebuild(error);
    return this.#current?.receiveError(error, ref) ?? false;
  }

  /** Gives each remote track what carries it now. */
  assign(): void {
    const isOverlap = this.#previous !== undefined;
    for (const track of this.#options.roster.tracks)
      track.carry(this.receiverOf(track.id)?.track ?? null, { isOverlap });
  }

  /** What carries a remote track now. */
  receiverOf(track: string): RTCRtpReceiver | undefined {
    return this.#current?.receiverOf(track) ?? this.#previous?.receiverOf(track);
  }

  /** Ends it; the local tracks stay as they are, and nothing is received any more. */
  close(): void {
    this.#closeAll();
    this.assign();
  }

  /** Each remote track keeps its last picture, until the next description says what carries it. */
  #closeAll(): void {
    this.#cancelRebuild?.();
    this.#cancelRebuild = undefined;
    this.#endOverlap();
    this.#end(this.#current);
    this.#current = undefined;
  }

  #open(): void {
    const { connector, roster, tell } = this.#options;
    if (this.#previous === undefined) this.#closeAll();
    const isWanted = this.localTracks.size + this.channels.size > 0 || roster.isListening;
    if (!isWanted || connector.state !== "joined") return;
    const connection = this.#connect();
    if (connection === undefined) return;
    this.#current = connection;
    for (const track of [...this.localTracks]) this.#bindTrack(track, connection.pc);
    for (const channel of [...this.channels]) {
      try {
        this.#bindChannel(channel, connection.pc);
      } catch (error) {
        tell("error", error as ClientError);
      }
    }
    if (this.localTracks.size + this.channels.size === 0) connection.listen();
    tell("media-state-changed", this.state);
  }

  /** Makes a peer connection; undefined, and told, when the browser makes none: the room goes on without media. */
  #connect(): MediaConnection | undefined {
    try {
      return this.#makeConnection();
    } catch (cause) {
      const error = ClientError.from(cause, "media-failed", "Cannot make a peer connection");
      this.lastError = error;
      for (const track of [...this.localTracks]) track.giveUp(error);
      this.#options.tell("error", error);
      return undefined;
    }
  }

  #makeConnection(): MediaConnection {
    const { platform, connector } = this.#options;
    const isCurrent = () => this.#current === connection;
    const connection: MediaConnection = new MediaConnection({
      platform,
      configuration: this.#configuration,
      send: (message) => (isCurrent() ? connector.sendWithRef(message) : undefined),
      isReachable: () => connector.state === "joined",
      labels: () =>
        Object.fromEntries(
          [...this.localTracks].flatMap((track) => (track.mid === null ? [] : [[track.mid, track.label]])),
        ),
      carriedChanged: () => this.assign(),
      changed: () => isCurrent() && this.#stateChanged(connection.pc.connectionState),
      broke: (error) => isCurrent() && this.#rebuild(error),
    });
    return connection;
  }

  #stateChanged(state: RTCPeerConnectionState): void {
    if (state === "connected") {
      this.#failures = 0;
      this.lastError = undefined;
      if (this.#previous !== undefined) {
        this.#cancelOverlap = this.#options.platform.startTimer(overlapMs, () => {
          this.#endOverlap();
          this.assign();
        });
      }
    }
    this.#options.tell("media-state-changed", state);
  }

  #endOverlap(): void {
    this.#cancelOverlap?.();
    this.#end(this.#previous);
    this.#previous = undefined;
  }

  /** Nothing keeps a part of a connection that is closed: browsers throw at whatever is asked of it. */
  #end(connection: MediaConnection | undefined): void {
    if (connection === undefined) return;
    for (const each of [...this.localTracks, ...this.channels]) each.dropped(connection.pc);
    connection.close();
  }

  /** Begins again with a new peer connection, after a pause that grows; a room that is not joined does so when it is. */
  #rebuild(error: ClientError): void {
    const { connector, platform, tell } = this.#options;
    // A server that is not there either is what the room tells.
    if (connector.state === "joined") {
      this.lastError = error;
      tell("error", error);
      connector.send({ type: "bye" });
    }
    this.close();
    tell("media-state-changed", this.state);
    const pauseMs = backoffMs(this.#failures, platform.random());
    this.#failures += 1;
    this.#cancelRebuild = platform.startTimer(pauseMs, () => {
      this.#cancelRebuild = undefined;
      this.ensure();
    });
  }
}
