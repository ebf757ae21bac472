import { browserPlatform } from "./browser_platform.ts";
import { type CaptureOptions, openCamera, openMicrophone, openScreen } from "./capture.ts";
import { ClientError } from "./client_error.ts";
import { Connector } from "./connector.ts";
import { type DataOptions, dataMessageOf } from "./data_message.ts";
import { DeviceRecovery } from "./device_recovery.ts";
import { Emitter } from "./emitter.ts";
import { explain } from "./explanation.ts";
import type { JoinState } from "./join_state.ts";
import { LocalTrack, type LocalTrackPorts } from "./local_track.ts";
import { MediaSession } from "./media_session.ts";
import type { Peer } from "./peer.ts";
import type { Platform } from "./platform.ts";
import { Playback } from "./playback.ts";
import { probeTopic } from "./probe_topic.ts";
import type { PublishOptions } from "./publish_options.ts";
import type { Quality } from "./quality.ts";
import { QualityWatch } from "./quality_watch.ts";
import { RoomChannel, type RoomChannelOptions } from "./room_channel.ts";
import type { RoomEvents, Speaker, Tell } from "./room_events.ts";
import { RoomInbox } from "./room_inbox.ts";
import { checkSurroundings, joinMessageOf, type RoomOptions, urlOf } from "./room_options.ts";
import { type RoomStats, StatsReader } from "./room_stats.ts";
import { Roster } from "./roster.ts";
import { runAll } from "./run_all.ts";

/**
 * A room as its member sees it, from `join()` to `leave()`: who is there, what they send, and what is sent to them. It
 * reconnects by itself; its objects stay the same.
 */
export class Room {
  readonly name: string;
  readonly #platform: Platform;
  readonly #events = new Emitter<RoomEvents>();
  readonly #tell: Tell = (name, value) => this.#events.emit(name, value);
  readonly #playback = new Playback(this.#tell);
  readonly #connector: Connector;
  readonly #roster: Roster;
  readonly #media: MediaSession;
  readonly #inbox: RoomInbox;
  readonly #watch: QualityWatch;
  readonly #devices: DeviceRecovery;
  readonly #url: string;
  readonly #trackPorts: LocalTrackPorts;

  /**
   * Nothing is opened before `join()`, but what is published until then is sent from the start.
   *
   * @throws {ClientError} `unsupported` in Node without a `platform`, `unreachable` when nobody said where the server is, `bad-message` or
   *   `message-too-large` for the metadata.
   */
  constructor(name: string, options: RoomOptions = {}) {
    const {
      platform = browserPlatform,
      stepTimeoutMs = 10_000,
      joinTimeoutMs = 20_000,
      statsIntervalMs = 3_000,
    } = options;
    checkSurroundings(platform);
    this.name = name;
    this.#platform = platform;
    this.#url = urlOf(options, platform);
    this.#devices = new DeviceRecovery(platform, this.#tell);
    this.#connector = new Connector({
      platform,
      url: this.#url,
      stepTimeoutMs,
      joinTimeoutMs,
      joinMessage: () => joinMessageOf(name, options, this.#inbox.metadataToJoin()),
      probeMessage: () => ({ type: "data", to: [this.id], topic: probeTopic, payload: null }),
      entered: (reply, how) => this.#inbox.entered(reply, how),
      received: (message) => this.#inbox.receive(message),
      changed: (state) => this.#stateChanged(state),
    });
    this.#roster = new Roster(
      {
        isSubscribedByDefault: options.subscribe !== "none",
        playback: this.#playback,
        send: (message) => {
          if (message.type === "subscribe") this.#media.ensure();
          return this.#connector.send(message);
        },
        started: (track) => this.#tell("track-started", track),
        stopped: (track) => this.#tell("track-stopped", track),
      },
      this.#tell,
    );
    const configuration = options.rtcConfiguration ?? {};
    const [tell, connector, roster] = [this.#tell, this.#connector, this.#roster];
    this.#media = new MediaSession({ platform, configuration, connector, roster, tell });
    this.#inbox = new RoomInbox({ connector, roster, tell, media: this.#media, metadata: options.metadata ?? null });
    this.#watch = new QualityWatch({
      platform,
      intervalMs: statsIntervalMs,
      tell,
      peers: roster.peers,
      read: () => this.#readStats(this.#watchReader),
    });
    this.#trackPorts = {
      platform,
      tellMuted: ({ id, isMuted: muted }) => {
        if (id !== null) connector.send({ type: "mute", track: id, muted });
      },
      changed: (track) => {
        if (!track.isLost) this.#devices.forget(track);
        tell("local-track-updated", track);
      },
      unpublish: (track) => this.#unpublish(track),
      mediaEnded: (track) => void this.#devices.mediaEnded(track),
    };
  }

  readonly #watchReader = new StatsReader(() => this.#platform.now());
  readonly #ownReader = new StatsReader(() => this.#platform.now());

  /** Where it is on its way in; `waiting` means that it reconnects. */
  get state(): JoinState {
    return this.#connector.state;
  }

  /** The W3C's `connectionState` of the media; `new` without any. */
  get mediaState(): RTCPeerConnectionState {
    return this.#media.state;
  }

  /** Your own id; another one after a new join. Empty before the first. */
  get id(): string {
    return this.#inbox.id;
  }

  /** Your own metadata, as the others see it. */
  get metadata(): unknown {
    return this.#inbox.metadata;
  }

  /** Everyone else, by id. */
  get peers(): ReadonlyMap<string, Peer> {
    return this.#roster.peers;
  }

  /** What you publish. */
  get localTracks(): ReadonlySet<LocalTrack> {
    return this.#media.localTracks;
  }

  /** Who speaks now, the loudest first. */
  get speakers(): readonly Speaker[] {
    return this.#inbox.speakers;
  }

  /** How well what you send arrives at the server. */
  get quality(): Quality {
    return this.#watch.own;
  }

  /** Why the room was not joined, or was lost; undefined when it never was. */
  get lastError(): ClientError | undefined {
    return this.#connector.lastError;
  }

  /** Has `listener` called at every event of the name; returns what ends that. */
  on<K extends keyof RoomEvents>(name: K, listener: (value: RoomEvents[K]) => void): () => void {
    return this.#events.on(name, listener);
  }

  /**
   * Goes in. A room that was left or has failed may be joined again.
   *
   * @throws {ClientError} with the server's code when it refuses; `unreachable` or `timeout` when nothing worked in time.
   */
  async join(): Promise<void> {
    if (!["idle", "left", "failed"].includes(this.state)) {
      throw new ClientError("bad-state", `Cannot join room "${this.name}": it is ${this.state} already`);
    }
    this.#devices.begin();
    await this.#connector.join();
  }

  /** Leaves; what the room opened is closed. */
  leave(): void {
    runAll([
      ...[...this.localTracks].map((track) => () => track.unpublish()),
      ...[...this.#media.channels].map((channel) => () => channel.close()),
      () => this.#connector.leave(),
    ]);
  }

  /**
   * Publishes a track; resolves when the server has it. It is yours: who opened it stops it.
   *
   * @throws {ClientError} such as `too-many-tracks` or `bad-sdp`, when the server refuses it; `bad-state` for what is no track.
   */
  async publish(track: MediaStreamTrack, options: PublishOptions = {}): Promise<LocalTrack> {
    if (!/^(audio|video)$/.test(track?.kind))
      throw new ClientError("bad-state", "Cannot publish: it is no MediaStreamTrack; a stream has them in getTracks()");
    const local = new LocalTrack(track, options, this.#trackPorts);
    // Left while the camera started.
    if (this.state === "left") local.unpublish();
    else if (this.state === "failed" && this.lastError !== undefined) local.refuse(this.lastError);
    else this.#media.addTrack(local);
    await local.published;
    return local;
  }

  /** Opens the camera and publishes it with simulcast; throws as `openCamera` and `publish`. */
  async publishCamera(options: CaptureOptions & PublishOptions = {}): Promise<LocalTrack> {
    const track = await openCamera(options, this.#platform);
    return await this.publish(track, { source: "camera", isOwned: true, ...options });
  }

  /** Opens the microphone and publishes it; throws as `openMicrophone` and `publish`. */
  async publishMicrophone(options: CaptureOptions & PublishOptions = {}): Promise<LocalTrack> {
    const track = await openMicrophone(options, this.#platform);
    return await this.publish(track, { source: "microphone", isOwned: true, ...options });
  }

  /** Has the person choose a screen and publishes it, with its sound if it has any; to be called from a click. */
  async publishScreen(options: PublishOptions & { readonly isSilent?: boolean } = {}): Promise<readonly LocalTrack[]> {
    const { video, audio } = await openScreen(options, this.#platform);
    const all = [this.publish(video, { source: "screen", isOwned: true, ...options })];
    if (audio !== undefined)
      all.push(this.publish(audio, { source: "screen-audio", isOwned: true, name: options.name ?? "" }));
    return await Promise.all(all);
  }

  /**
   * Sends any JSON value to everybody else, or to the peers named. It comes in the order in which it was sent.
   *
   * @throws {ClientError} `not-joined` while the room is not joined, `bad-message` for what JSON cannot hold, `message-too-large` above
   *   128 KiB of it. What the server refuses comes as `error`.
   */
  sendData(payload: unknown, options: DataOptions = {}): void {
    if (this.#connector.sendWithRef(dataMessageOf(payload, options)) === undefined) {
      throw new ClientError("not-joined", `Cannot send data in room "${this.name}": it is ${this.state}`);
    }
  }

  /**
   * Opens a data channel to everybody who opens one of the same label; for what `sendData` is too slow or too reliable for.
   *
   * @throws {ClientError} `bad-state` while there is one of the label, or when the browser does not take its options.
   */
  openChannel(label: string, options: RoomChannelOptions = {}): RoomChannel {
    if ([...this.#media.channels].some((each) => each.label === label))
      throw new ClientError("bad-state", `Cannot open channel "${label}": there is one. Use it, or close it first`);
    const channel = new RoomChannel(label, options, () => this.#media.channels.delete(channel));
    this.#media.addChannel(channel);
    return channel;
  }

  /**
   * Replaces your metadata. The others see it at once, or after the next join. What the server refuses comes as `error`, and is undone.
   *
   * @throws {ClientError} as `sendData`, but for `not-joined`.
   */
  setMetadata(metadata: unknown): void {
    this.#inbox.setMetadata(metadata);
  }

  /** What was measured since the last call; undefined while there is no media. */
  async getStats(): Promise<RoomStats | undefined> {
    return await this.#readStats(this.#ownReader);
  }

  /** Says in words how it is connected, or why it is not and what happens next. */
  explain(): string {
    const { state, attemptNumber, retryAtMs, lastError } = this.#connector;
    return explain({
      room: this.name,
      url: this.#url,
      state,
      isOnline: this.#platform.isOnline,
      attemptNumber,
      retryInMs: retryAtMs - this.#platform.now(),
      lastError,
      mediaState: this.mediaState,
      mediaError: this.#media.lastError,
      isMediaOpen: this.#media.pc !== undefined,
      hasTurn: this.#media.hasTurn,
    });
  }

  /** Plays what the browser held back; to be called from a click or a key press. Throws `autoplay-blocked` when it still refuses. */
  async resumePlayback(): Promise<void> {
    await this.#playback.resume();
  }

  async #readStats(reader: StatsReader): Promise<RoomStats | undefined> {
    const { pc } = this.#media;
    if (pc === undefined) return undefined;
    const received = this.#roster.tracks.flatMap((track) => {
      const receiver = this.#media.receiverOf(track.id);
      return receiver === undefined ? [] : [[track, receiver] as const];
    });
    return await reader.read({ pc, sent: [...this.localTracks], received });
  }

  #unpublish(track: LocalTrack): void {
    if (!this.#media.localTracks.delete(track)) return;
    this.#devices.forget(track);
    track.unbind();
    this.#tell("local-track-unpublished", track);
  }

  #stateChanged(state: JoinState): void {
    if (state === "joined") this.#watch.start();
    else this.#watch.stop();
    const { lastError } = this;
    if (state === "failed" && lastError !== undefined)
      for (const track of [...this.localTracks]) track.giveUp(lastError);
    if (state === "left" || state === "failed") {
      this.#inbox.ended();
      this.#devices.end();
    }
    this.#tell("state-changed", state);
  }
}
