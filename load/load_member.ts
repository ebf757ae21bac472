import { ClientError, type LocalTrack, type RemoteTrack, Room, type RoomChannel } from "../web/client/mod.ts";
import { asDomTrack, asWeriftTrack } from "../web/node/mod.ts";
import type { Failure, MemberResult } from "./load_message.ts";
import type { LoadOptions } from "./load_options.ts";
import { createLoadPlatform } from "./load_platform.ts";
import type { Measurements } from "./measurements.ts";
import type { MemberPlan } from "./member_plan.ts";
import type { PacedSource, Pacer } from "./pacer.ts";
import { markBytes, readMark, writeMark } from "./packet_mark.ts";
import { ReceivedStream, type StreamKind } from "./received_stream.ts";
import { SentCounter, SentTrack } from "./sent_track.ts";
import { Vp8Source } from "./vp8_source.ts";

/** The topic of messages to oneself, and how often there is one. Ours. */
const pingTopic = "load.ping";
const pingIntervalMs = 1_000;
/** How often what the server reports of this member's media is read. Ours. */
const statsIntervalMs = 2_000;
/** Different errors that are kept of a member. */
const maxErrors = 8;
/** What may wait to be sent on a room channel. Ours. */
const maxBufferedBytes = 65_536;

/** What a member shares with the others of its process. */
export interface LoadMemberPorts {
  readonly pacer: Pacer;
  readonly measurements: Measurements;
  /** Milliseconds since 1970, the same for all processes of the machine. */
  now(): number;
}

/** One bot: comes in, sends at a steady pace, counts what it gets, leaves. */
export class LoadMember {
  readonly #plan: MemberPlan;
  readonly #options: LoadOptions;
  readonly #ports: LoadMemberPorts;
  readonly #room: Room;
  readonly #video: Vp8Source;
  readonly #tracks: { readonly sent: SentTrack; readonly source: PacedSource }[] = [];
  readonly #sources = new Set<PacedSource>();
  readonly #messages = new SentCounter("data");
  readonly #received = new Map<string, ReceivedStream>();
  readonly #listened = new WeakSet<MediaStreamTrack>();
  readonly #errors = new Map<string, Failure>();
  readonly #connected = Promise.withResolvers<void>();
  #startedAtMs = 0;
  #joinMs: number | null = null;
  #mediaMs: number | null = null;
  #reconnects = 0;
  #failure: Failure | undefined;
  /** Nothing is sent any more. */
  /** There is a connection that carries what is sent. */
  #hasWay = false;
  /** It lost the server since media was connected last. */
  #wasAway = false;
  #isSettled = false;
  #isStopped = false;
  /** Left, or failed. */
  #isOver = false;

  constructor(plan: MemberPlan, options: LoadOptions, ports: LoadMemberPorts) {
    this.#plan = plan;
    this.#options = options;
    this.#ports = ports;
    this.#video = new Vp8Source(options);
    this.#room = new Room(plan.room, {
      url: options.url,
      name: plan.name,
      platform: createLoadPlatform(() => this.#video.requestKeyframe()),
      statsIntervalMs: 0,
      joinTimeoutMs: options.joinTimeoutMs,
      // Before the whole time is over, so that it is known which step it was.
      stepTimeoutMs: options.joinTimeoutMs * 0.8,
      ...(options.token === undefined ? {} : { token: options.token }),
    });
    this.#connected.promise.catch(() => undefined);
    this.#listen();
  }

  get isJoined(): boolean {
    return this.#joinMs !== null;
  }

  get isConnected(): boolean {
    return this.#mediaMs !== null;
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** Comes in; resolves when it is in and sends, or has failed. */
  async enter(): Promise<void> {
    const { isPublisher } = this.#plan;
    const { isAudio, isVideo, isData, framesPerSecond, joinTimeoutMs } = this.#options;
    this.#startedAtMs = this.#ports.now();
    try {
      if (isAudio && isPublisher) this.#addTrack(new SentTrack());
      if (isVideo && isPublisher) this.#addTrack(new SentTrack({ source: this.#video, framesPerSecond }));
      const publishing = this.#tracks.map(({ sent }) => this.#publish(sent));
      // Who cannot even join does not wait for it.
      for (const published of publishing) published.catch(() => undefined);
      const channel = isData ? this.#room.openChannel("load") : undefined;
      const opened = channel === undefined ? undefined : this.#carryMessages(channel);
      await this.#room.join();
      this.#joinMs = this.#ports.now() - this.#startedAtMs;
      const late = `Media was not connected within ${joinTimeoutMs / 1_000} s`;
      await this.#within(joinTimeoutMs, late, Promise.all([this.#connected.promise, opened, ...publishing]));
      this.#pace({ intervalMs: pingIntervalMs, send: () => this.#ping() });
      this.#pace({ intervalMs: statsIntervalMs, send: () => void this.#readStats() });
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Everybody is in. */
  settle(): void {
    this.#isSettled = true;
    for (const stream of this.#received.values()) stream.settle();
  }

  /** Sends nothing any more. */
  stop(): void {
    this.#isStopped = true;
    for (const source of this.#sources) this.#ports.pacer.remove(source);
    this.#sources.clear();
    const nowMs = this.#ports.now();
    for (const stream of this.#received.values()) stream.end(nowMs);
  }

  leave(): void {
    this.#isOver = true;
    this.stop();
    this.#room.leave();
  }

  result(): MemberResult {
    return {
      ...this.#plan,
      isJoined: this.isJoined,
      isConnected: this.isConnected,
      ...(this.#failure === undefined ? {} : { failure: this.#failure }),
      reconnects: this.#reconnects,
      joinMs: this.#joinMs,
      mediaMs: this.#mediaMs,
      sent: [...this.#tracks.flatMap(({ sent }) => sent.counter.toJSON()), ...this.#messages.toJSON()],
      received: [...this.#received.values()].map((stream) => stream.toJSON()),
      errors: [...this.#errors.values()],
    };
  }

  #listen(): void {
    const room = this.#room;
    room.on("track-published", ({ id, kind }) => this.#streamOf(id, kind));
    room.on("track-unpublished", ({ id }) => this.#received.get(id)?.end(this.#ports.now()));
    room.on("track-started", (track) => this.#count(track));
    room.on("media-state-changed", (state) => {
      // A member that moves goes on by its old connection until the new one is there.
      const isMoving = this.#hasWay && !this.#wasAway && (state === "new" || state === "connecting");
      this.#hasWay = state === "connected" || isMoving;
      if (state !== "connected") return;
      this.#wasAway = false;
      this.#mediaMs ??= this.#ports.now() - this.#startedAtMs;
      this.#connected.resolve();
    });
    room.on("state-changed", (state) => {
      if (this.#isOver) return;
      if (state === "waiting") this.#wasAway = true;
      if (state === "waiting" && this.isJoined) this.#reconnects += 1;
      if (state === "failed" && this.isJoined) this.#fail(room.lastError);
    });
    room.on("error", ({ code, message }) => {
      if (this.#errors.size < maxErrors) this.#errors.set(code, { code, message });
    });
    room.on("data", ({ from, topic, payload }) => {
      if (from !== room.id || topic !== pingTopic || typeof payload !== "number") return;
      this.#ports.measurements.signalingRoundTrips.add(this.#ports.now() - payload);
    });
  }

  #addTrack(sent: SentTrack): void {
    let local: LocalTrack | undefined;
    const source: PacedSource = {
      intervalMs: sent.intervalMs,
      send: (dueMs) => {
        local ??= [...this.#room.localTracks].find(
          ({ mediaStreamTrack }) => mediaStreamTrack === asDomTrack(sent.track),
        );
        // What is sent while there is no way to the server is lost for nobody.
        if (local === undefined || local.id === null || !this.#hasWay) return;
        const before = sent.counter.count;
        sent.send(local.id, dueMs, this.#ports.now());
        this.#ports.measurements.sent += sent.counter.count - before;
      },
    };
    this.#tracks.push({ sent, source });
  }

  async #publish(sent: SentTrack): Promise<void> {
    await this.#room.publish(asDomTrack(sent.track), { simulcast: false });
    for (const { sent: each, source } of this.#tracks) if (each === sent) this.#pace(source);
  }

  /** Begins somewhere in the interval, so that not all send at once. */
  #pace(source: PacedSource): void {
    if (this.#isStopped) return;
    this.#sources.add(source);
    this.#ports.pacer.add(source, this.#ports.now() + Math.random() * source.intervalMs);
  }

  #streamOf(track: string, kind: StreamKind): ReceivedStream {
    const known = this.#received.get(track);
    if (known !== undefined) return known;
    const stream = new ReceivedStream(track, kind, this.#ports.now());
    if (this.#isSettled) stream.settle();
    this.#received.set(track, stream);
    return stream;
  }

  #count({ id, kind, mediaStreamTrack }: RemoteTrack): void {
    if (mediaStreamTrack === null || this.#listened.has(mediaStreamTrack)) return;
    this.#listened.add(mediaStreamTrack);
    const stream = this.#streamOf(id, kind);
    asWeriftTrack(mediaStreamTrack).onReceiveRtp.subscribe(({ payload }) => this.#receive(stream, payload));
  }

  #receive(stream: ReceivedStream, payload: Buffer): void {
    const mark = readMark(payload);
    if (mark === undefined) return;
    const nowMs = this.#ports.now();
    const { measurements } = this.#ports;
    if (!stream.receive(mark.number, nowMs)) return;
    measurements.received += 1;
    measurements.delays[stream.kind].add(nowMs - mark.sentAtMs);
  }

  /** Counts what comes on the channel, and sends on it; resolves when it is open. */
  #carryMessages(channel: RoomChannel): Promise<void> {
    const opened = Promise.withResolvers<void>();
    const send = () => {
      // What waits for a server that does not keep up is bounded.
      if (!channel.isOpen || channel.bufferedAmount > maxBufferedBytes) return;
      const message = Buffer.alloc(markBytes);
      writeMark(message, { number: this.#messages.take(`data-${this.#room.id}`), sentAtMs: this.#ports.now() });
      channel.send(message);
      this.#ports.measurements.sent += 1;
    };
    const source = { intervalMs: 1_000 / this.#options.messagesPerSecond, send };
    channel.on("message", ({ from, data }) => {
      if (typeof data !== "string") this.#receive(this.#streamOf(`data-${from}`, "data"), Buffer.from(data));
    });
    channel.on("open", () => {
      if (this.#plan.isPublisher) this.#pace(source);
      opened.resolve();
    });
    return opened.promise;
  }

  #ping(): void {
    if (this.#room.state !== "joined") return;
    this.#room.sendData(this.#ports.now(), { to: [this.#room.id], topic: pingTopic });
  }

  async #readStats(): Promise<void> {
    const stats = await this.#room.getStats();
    for (const { roundTripMs } of stats?.tracks ?? []) {
      if (roundTripMs !== null) this.#ports.measurements.mediaRoundTrips.add(roundTripMs);
    }
  }

  async #within(timeoutMs: number, message: string, promise: Promise<unknown>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new ClientError("media-failed", message)), timeoutMs);
    });
    await Promise.race([promise, late]).finally(() => clearTimeout(timer));
  }

  #fail(error: unknown): void {
    if (this.#isOver) return;
    this.#failure ??= failureOf(error);
    this.#isOver = true;
    this.stop();
    this.#room.leave();
  }
}

function failureOf(error: unknown): Failure {
  if (error instanceof ClientError) return { code: error.code, message: error.message };
  return { code: "generator-fault", message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}
