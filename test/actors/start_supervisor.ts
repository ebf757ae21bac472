import type { Application } from "../../actors/application.ts";
import { ClusterClock } from "../../actors/cluster_clock.ts";
import { ClusterNodes } from "../../actors/cluster_nodes.ts";
import { ClusterRooms } from "../../actors/cluster_rooms.ts";
import { FlightRecorder } from "../../actors/flight_recorder.ts";
import type { LogFields, Logger } from "../../actors/logger.ts";
import type { IceServerSource, SignallingSocket } from "../../actors/ports.ts";
import type { RoomPartsFactory } from "../../actors/room_parts.ts";
import { createRoomParts } from "../../actors/room_parts_factory.ts";
import { SessionSupervisor } from "../../actors/session_supervisor.ts";
import type { TrackRelay } from "../../actors/track_relay.ts";
import { readConfig } from "../../config.ts";
import type { ClientMessage } from "../../protocol/client_message.ts";
import type { TrackLabels } from "../../protocol/room.ts";
import type { ServerMessage } from "../../protocol/server_message.ts";
import { createSubjects } from "../../protocol/subjects.ts";
import { LocalHub } from "../../transport/bus/local_hub.ts";
import { StaticServers } from "../../transport/ice/static_servers.ts";
import { SignedResumeTokens } from "../../transport/signing/signed_resume_tokens.ts";
import { type EngineScript, FakeEngines } from "../kit/fake_engine.ts";
import { Mailbox } from "../kit/mailbox.ts";
import "../kit/quiet_xstate.ts";

const { timeouts, limits } = readConfig({ argv: [], env: {}, cwd: "/nonexistent" });

/** The least that `readDescription` takes; the secrets in it must never be seen in a log. */
export const offerSdp = [
  "v=0",
  "o=- 1 1 IN IP4 0.0.0.0",
  "s=-",
  "t=0 0",
  "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
  "a=mid:0",
  "a=ice-ufrag:secretfragment",
  "a=ice-pwd:secretpasswordsecretpassword",
  `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => "AB").join(":")}`,
  "",
].join("\r\n");

/** The end of a socket as the supervisor ordered it. */
export interface SocketEnd {
  readonly type: "closed";
  readonly code: number;
  readonly reason: string;
}

/** A client without a network: a socket that keeps what the supervisor sends. */
export class FakeClient implements SignallingSocket {
  readonly id: string;
  readonly remoteAddress = "192.0.2.7";
  /** What the server sent, and in the end that it closed. */
  readonly received: Mailbox<ServerMessage | SocketEnd>;
  readonly #supervisor: SessionSupervisor;
  #isClosed = false;
  #takenCount = 0;

  constructor(id: string, supervisor: SessionSupervisor) {
    this.id = id;
    this.received = new Mailbox(`a message to ${id}`);
    this.#supervisor = supervisor;
    supervisor.socketOpened(this);
  }

  send(message: ServerMessage): void {
    if (!this.#isClosed) this.received.push(message);
  }

  sendEncoded(text: string): void {
    this.send(JSON.parse(text) as ServerMessage);
  }

  close(code: number, reason: string): void {
    if (this.#isClosed) return;
    this.received.push({ type: "closed", code, reason });
    this.end(code);
  }

  /** The socket ends, whoever wanted it; told a turn later, as the edge does. */
  end(code = 1001): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    queueMicrotask(() => this.#supervisor.socketClosed(this, { code }));
  }

  say(message: ClientMessage): void {
    this.#supervisor.messageReceived(this, message);
  }

  offer(tracks?: TrackLabels): void {
    this.say({ type: "offer", sdp: offerSdp, ...(tracks === undefined ? {} : { tracks }) });
  }

  /** The next thing of a type; what came before it stays for later. */
  next(type: string): Promise<ServerMessage | SocketEnd> {
    return this.received.next((message) => message.type === type, {
      what: `"${type}" to ${this.id}`,
      timeoutMs: 10_000,
    });
  }

  /** Joins a room and waits until it is in. */
  async join(room = "atrium", more: Partial<Extract<ClientMessage, { type: "join" }>> = {}): Promise<void> {
    this.say({ ...more, type: "join", room });
    await this.next("joined");
  }

  /** What came since the last call, without what negotiates. */
  take(): (ServerMessage | SocketEnd)[] {
    const taken = this.received.seen.slice(this.#takenCount);
    this.#takenCount = this.received.seen.length;
    return taken.filter(({ type }) => type !== "offer" && type !== "answer" && type !== "candidate");
  }

  /** Offers and waits for the answer. */
  async connect(): Promise<void> {
    this.offer();
    await this.next("answer");
  }
}

/** A line of the log. */
export interface LogEntry {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly event: string;
  readonly fields: LogFields;
}

/** A logger that keeps its lines. */
export class KeptLog implements Logger {
  readonly entries: LogEntry[] = [];

  debug(event: string, fields: LogFields = {}): void {
    this.entries.push({ level: "debug", event, fields });
  }

  info(event: string, fields: LogFields = {}): void {
    this.entries.push({ level: "info", event, fields });
  }

  warn(event: string, fields: LogFields = {}): void {
    this.entries.push({ level: "warn", event, fields });
  }

  error(event: string, fields: LogFields = {}): void {
    this.entries.push({ level: "error", event, fields });
  }

  child(): Logger {
    return this;
  }

  get errors(): readonly LogEntry[] {
    return this.entries.filter(({ level }) => level === "error");
  }
}

/** For nodes that have nobody to get tracks from. */
const noRelay: TrackRelay = {
  offer: () => ({ close: () => undefined }),
  open: () => new Promise(() => undefined),
  forgetNode: () => undefined,
};

export interface SupervisorSetup {
  readonly application?: Application;
  readonly script?: EngineScript;
  readonly timeouts?: Partial<typeof timeouts>;
  readonly limits?: Partial<typeof limits>;
  readonly parts?: RoomPartsFactory;
  readonly onEscalation?: () => void;
  readonly relay?: TrackRelay;
  /** By default one STUN server. */
  readonly iceServers?: IceServerSource;
  /** Which start of which node this is; all have one secret. */
  readonly node?: string;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** By default one that nobody sees. */
  readonly recorder?: FlightRecorder;
  /** What joins it to other nodes. */
  readonly hub?: LocalHub;
  /** The time of all that is done again and again, of a simulation. By default the cluster's passes with `pass`, and parts of rooms never beat. */
  readonly time?: ClusterTime;
}

/** What moves by itself. */
export interface ClusterTime {
  readonly now: () => number;
  readonly every: (periodMs: number, call: (nowMs: number) => void) => () => void;
}

const subjects = createSubjects("test");

/** The way of a node to others, whose time `pass` moves. */
export function joinCluster(
  origin: string,
  {
    hub = new LocalHub(),
    log = new KeptLog(),
    time,
    clock = new ClusterClock(() => 0),
  }: { hub?: LocalHub; log?: KeptLog; time?: ClusterTime; clock?: ClusterClock } = {},
) {
  const bus = hub.connect(origin);
  const ticks = new Set<{ readonly periodMs: number; readonly call: (nowMs: number) => void; dueMs: number }>();
  const sessions = { count: 0 };
  let nowMs = 0;
  const everyTick = (periodMs: number, call: (nowMs: number) => void): (() => void) => {
    const tick = { periodMs, call, dueMs: nowMs + periodMs };
    ticks.add(tick);
    return () => ticks.delete(tick);
  };
  const every = time?.every ?? everyTick;
  const nodes = new ClusterNodes({
    bus,
    subjects,
    origin,
    nodeId: `${origin}-name`,
    timeoutMs: 6_000,
    countSessions: () => sessions.count,
    every,
    now: time?.now ?? (() => nowMs),
    clock,
    log,
  });
  const after = (delayMs: number, call: () => void) => {
    const timer = setTimeout(call, delayMs);
    return () => clearTimeout(timer);
  };
  return {
    bus,
    subjects,
    nodes,
    sessions,
    every,
    after,
    /** Lets time pass for what is done again and again here. */
    pass: (ms: number) => {
      for (const untilMs = nowMs + ms; nowMs < untilMs; ) {
        nowMs += 500;
        for (const tick of [...ticks]) {
          if (!ticks.has(tick) || tick.dueMs > nowMs) continue;
          tick.dueMs += tick.periodMs;
          tick.call(nowMs);
        }
      }
    },
  };
}

/** Everything that stands around a real supervisor, with nothing of the outside world. */
export function startSupervisor(setup: SupervisorSetup = {}) {
  const engines = new FakeEngines(setup.script);
  const log = new KeptLog();
  let escalationCount = 0;
  let clientCount = 0;
  let serverCount = 0;
  const origin = setup.node ?? "node-1";
  const { hub, time } = setup;
  const ownNow = setup.now ?? (() => 0);
  const clock = new ClusterClock(ownNow);
  const cluster = joinCluster(origin, {
    log,
    clock,
    ...(hub === undefined ? {} : { hub }),
    ...(time === undefined ? {} : { time }),
  });
  cluster.nodes.start();
  const ticks = new Set<(nowMs: number) => void>();
  const rooms = new ClusterRooms({
    node: origin,
    bus: cluster.bus,
    subjects: cluster.subjects,
    timeouts: { nodeTimeoutMs: 6_000, resumeTimeoutMs: 30_000, partTimeoutMs: 1_000, ...setup.timeouts },
    log,
    others: () => [...cluster.nodes.nodes].map((node) => node.origin),
    every: time?.every ?? (() => () => undefined),
  });
  const recorder = setup.recorder ?? new FlightRecorder();
  const supervisor = new SessionSupervisor({
    engines,
    application: setup.application ?? {},
    log,
    recorder,
    timeouts: { ...timeouts, ...setup.timeouts },
    limits: { ...limits, ...setup.limits },
    rooms: {
      parts: setup.parts ?? createRoomParts(setup.recorder),
      nodeId: "node",
      iceServers: setup.iceServers ?? new StaticServers([{ urls: "stun:192.0.2.1" }]),
      cluster: rooms,
      relay: setup.relay ?? noRelay,
      tokens: new SignedResumeTokens({
        secret: "a secret of the cluster, long enough",
        node: origin,
        lifetimeMs: setup.timeouts?.resumeTokenLifetimeMs ?? 60_000,
        now: ownNow,
        clusterNow: () => clock.now(),
      }),
      createId: () => `server-${++serverCount}`,
      every: (_, call) => {
        ticks.add(call);
        return () => ticks.delete(call);
      },
    },
    cluster,
    onEscalation: () => {
      escalationCount += 1;
      setup.onEscalation?.();
    },
  });
  return {
    engines,
    log,
    cluster,
    rooms,
    recorder,
    supervisor,
    get escalationCount() {
      return escalationCount;
    },
    /** Lets what is done again and again be done once. */
    tick: (nowMs: number) => {
      for (const call of ticks) call(nowMs);
    },
    /** How much is done again and again. */
    countTicks: () => ticks.size,
    openClient: () => new FakeClient(`${setup.node ?? ""}client-${++clientCount}`, supervisor),
  };
}
