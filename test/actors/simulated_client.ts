import type { SignallingSocket } from "../../actors/ports.ts";
import type { ClientMessage } from "../../protocol/client_message.ts";
import type { PeerInfo, Track } from "../../protocol/room.ts";
import type { ServerMessage } from "../../protocol/server_message.ts";
import type { SimulatedNode } from "./cluster_simulation.ts";
import { offerSdp } from "./start_supervisor.ts";

/** What a client wants to send. */
export interface WantedTrack {
  readonly mid: string;
  readonly kind: Track["kind"];
  readonly source: string;
  readonly name: string;
  muted: boolean;
  /** As its node calls it. */
  id: string | undefined;
}

/** What a client lives in. */
export interface ClientWorld {
  readonly nowMs: number;
  after(delayMs: number, call: () => void): void;
  /** From 0 up to and without 1. */
  random(): number;
  /** A node that a load balancer would pick. */
  pickNode(): SimulatedNode | undefined;
  /** When those who were in a room left it by their own will last; minus infinity when they never did. */
  readonly departures: Map<string, number>;
  /** Whether a program wanted somebody out. */
  readonly isPutOut: (peerId: string) => boolean;
  problem(text: string): void;
  note(text: string): void;
  /** Whether somebody who never left may be said to have left by now. */
  mayBeLost(): boolean;
  /** Whether nodes that run could not hear each other a moment ago. */
  isIsolated(): boolean;
  /** Whether a node that runs knows somebody as a member, another one than `except`. */
  isKnown(peerId: string, except: SimulatedNode | undefined): boolean;
}

/** How long it may take until all have heard that somebody left, in milliseconds. */
const rumorMs = 50_000;
/** How long a frame is on its way, in milliseconds. */
const latencyMs = 10;

/** One way from a client to a node. */
export class SimulatedSocket implements SignallingSocket {
  readonly id: string;
  readonly node: SimulatedNode;
  readonly remoteAddress = "192.0.2.7";
  readonly #client: SimulatedClient;
  readonly #world: ClientWorld;
  /** Nothing gets to the client any more. */
  isDeaf = false;
  isEnded = false;

  constructor(
    id: string,
    { client, node, world }: { client: SimulatedClient; node: SimulatedNode; world: ClientWorld },
  ) {
    this.id = id;
    this.node = node;
    this.#client = client;
    this.#world = world;
    node.process.post(latencyMs, () => node.supervisor.socketOpened(this));
  }

  send(message: ServerMessage): void {
    if (!this.isEnded) this.#deliver(() => this.#client.hear(message));
  }

  sendEncoded(text: string): void {
    this.send(JSON.parse(text) as ServerMessage);
  }

  close(code: number): void {
    if (this.isEnded) return;
    this.#deliver(() => this.#client.closed(code));
    this.end(code, 0);
  }

  say(message: ClientMessage): void {
    const { node } = this;
    if (!this.isEnded) node.process.post(latencyMs, () => node.supervisor.messageReceived(this, message));
  }

  /** The node is told that it ended. */
  end(code: number, delayMs = latencyMs): void {
    if (this.isEnded) return;
    this.isEnded = true;
    const { node } = this;
    node.process.post(delayMs, () => node.supervisor.socketClosed(this, { code }));
  }

  #deliver(call: () => void): void {
    this.#world.after(latencyMs, () => {
      if (!this.isDeaf) call();
    });
  }
}

/** A client as the SDK is: it joins, says what it wants, comes back, and believes what it is told. */
export class SimulatedClient {
  readonly name: string;
  readonly #world: ClientWorld;
  #socket: SimulatedSocket | undefined;
  #socketCount = 0;
  #waitCount = 0;
  #midCount = 0;
  #hasPeer = false;
  /** It was told on its socket that it is in a room. */
  #hasEntered = false;
  #gaveUpMs = Number.NEGATIVE_INFINITY;
  state: "out" | "joining" | "in" | "away" = "out";
  room = "";
  peerId = "";
  /** When it was let in last. */
  enteredMs = Number.NEGATIVE_INFINITY;
  token = "";
  metadata: unknown = null;
  tracks: WantedTrack[] = [];
  /** Everybody else, as it was told. */
  readonly others = new Map<string, PeerInfo>();

  constructor(name: string, world: ClientWorld) {
    this.name = name;
    this.#world = world;
  }

  get node(): SimulatedNode | undefined {
    return this.#socket?.node;
  }

  join(room: string, metadata: unknown): void {
    const node = this.#socket?.node ?? this.#world.pickNode();
    if (this.state !== "out" || node === undefined) return;
    this.room = room;
    this.metadata = metadata;
    // Its peer connection goes on with its socket.
    if (this.#socket === undefined) {
      this.tracks = [];
      this.#hasPeer = false;
    }
    this.state = "joining";
    this.#world.note(`${this.name} joins ${room} at ${node.start}`);
    this.#socket ??= this.#open(node);
    this.#say({ type: "join", room, name: this.name, metadata, subscribe: "none" });
    this.#expectReply();
  }

  leave(): void {
    if (this.state !== "in") return;
    this.#world.note(`${this.name} leaves`);
    this.#say({ type: "leave" });
    this.#out();
    // The answers of before are not for what comes next.
    this.#hangUp(1000);
  }

  /** Leaves and joins again on the same socket, as the same peer. */
  joinAgain(): void {
    const { room } = this;
    if (this.state !== "in") return;
    this.#world.note(`${this.name} leaves and joins again`);
    this.#say({ type: "leave" });
    this.#out();
    this.join(room, this.metadata);
  }

  setMetadata(metadata: unknown): void {
    this.metadata = metadata;
    this.#say({ type: "metadata", metadata });
  }

  publish(): void {
    const mid = String(this.#midCount++);
    const [kind, source] =
      this.#world.random() < 0.5 ? (["audio", "microphone"] as const) : (["video", "camera"] as const);
    this.tracks.push({ mid, kind, source, name: `${this.name}-${mid}`, muted: false, id: undefined });
    this.#world.note(`${this.name} publishes ${mid}`);
    this.#offer();
  }

  unpublish(): void {
    const gone = this.tracks.pop();
    if (gone === undefined) return;
    this.#world.note(`${this.name} unpublishes ${gone.mid}`);
    this.#offer();
  }

  mute(): void {
    const track = this.tracks[0];
    if (track === undefined) return;
    track.muted = !track.muted;
    this.#tellMuted(track);
  }

  /** Its socket drops; its node hears of it so much later. */
  drop(noticedAfterMs: number, { comesBackAfterMs }: { comesBackAfterMs: number | undefined }): void {
    const socket = this.#socket;
    if (socket === undefined || this.state === "out") return;
    this.#world.note(
      `${this.name} drops from ${socket.node.start}, noticed after ${noticedAfterMs}, back after ${comesBackAfterMs}`,
    );
    socket.isDeaf = true;
    socket.end(1006, noticedAfterMs);
    this.#socket = undefined;
    if (this.state === "joining" || comesBackAfterMs === undefined) {
      this.#out();
      return;
    }
    this.#comeBack(comesBackAfterMs);
  }

  hear(message: ServerMessage): void {
    const isEntry = message.type === "joined" || message.type === "resumed" || message.type === "error";
    if (isEntry) this.#hasEntered = true;
    else if (!this.#hasEntered && message.type.startsWith("peer-"))
      this.#problem(`is told ${message.type} before it is in`);
    // What was said of the room that it was in before.
    if (this.state !== "in" && !isEntry) return;
    switch (message.type) {
      case "joined":
      case "resumed":
        this.#entered(message);
        break;
      case "error":
        this.#refused(message.code, message.message);
        break;
      case "peer-joined":
        if (this.others.has(message.peer.id)) this.#problem(`is told twice that ${message.peer.id} joined`);
        this.others.set(message.peer.id, message.peer);
        break;
      case "peer-updated":
        if (message.peer.id === this.peerId) break;
        if (!this.others.has(message.peer.id))
          this.#problem(`is told of a change of ${message.peer.id}, whom it does not know`);
        this.#noteLostTracks(message.peer);
        this.others.set(message.peer.id, message.peer);
        break;
      case "peer-left":
        this.#left(message.peer, message.reason);
        break;
      case "track-published":
        if (message.peer === this.peerId) this.#published(message.track, message.mid);
        else
          this.#changeTracks(message.peer, (tracks) => [
            ...tracks.filter(({ id }) => id !== message.track.id),
            message.track,
          ]);
        break;
      case "track-updated":
        if (message.peer === this.peerId) break;
        this.#changeTracks(message.peer, (tracks) =>
          tracks.map((track) => (track.id === message.track.id ? message.track : track)),
        );
        break;
      case "track-unpublished":
        if (message.peer === this.peerId) break;
        if (this.others.get(message.peer)?.tracks.some(({ id }) => id === message.track) !== true) {
          this.#problem(`is told that ${message.peer} unpublished ${message.track}, which it does not know`);
        }
        this.#changeTracks(message.peer, (tracks) => tracks.filter(({ id }) => id !== message.track));
        break;
      default:
    }
  }

  /** The server, or its end, closed the socket. */
  closed(code: number): void {
    this.#socket = undefined;
    this.#world.note(`${this.name} is closed with ${code}`);
    if (this.state === "out") return;
    if (code === 4409) {
      // A node that stood still may believe in a claim that was given up meanwhile.
      const hasGivenUp = this.#world.nowMs - this.#gaveUpMs < rumorMs;
      if (!hasGivenUp) this.#problem("was replaced, though there is one of it only");
      this.#out();
    } else if (this.state === "joining") this.#out();
    else this.#comeBack(this.#world.random() * 2_000);
  }

  /** For the end of a schedule. */
  hangUp(): void {
    this.#out();
    this.#hangUp(1000);
  }

  /** How the others should see it. */
  describe(): object {
    const { name, metadata } = this;
    const tracks = this.tracks.map((track) => [track.kind, track.source, track.name, track.muted].join()).sort();
    return { name, metadata, state: "connected", tracks };
  }

  /** How it sees another one. */
  static describe({ name, metadata, state, tracks }: PeerInfo): object {
    const shown = tracks.map((track) => [track.kind, track.source, track.name, track.muted].join()).sort();
    return { name, metadata, state, tracks: shown };
  }

  #entered(message: Extract<ServerMessage, { type: "joined" | "resumed" }>): void {
    this.#waitCount += 1;
    this.#world.note(
      `${this.name} (${message.peer}) ${message.type} ${message.type === "resumed" && message.fresh ? "freshly" : ""} at ${this.node?.start}`,
    );
    if (message.type === "resumed") {
      for (const id of this.others.keys()) {
        if (!message.peers.some((peer) => peer.id === id)) this.#left(id, "left", "not there after a resume");
      }
    }
    this.state = "in";
    this.enteredMs = this.#world.nowMs;
    this.peerId = message.peer;
    if (!this.#world.departures.has(this.peerId)) this.#world.departures.set(this.peerId, Number.NEGATIVE_INFINITY);
    this.token = message.resume;
    this.others.clear();
    for (const peer of message.peers) this.others.set(peer.id, peer);
    if (message.type === "joined") return;
    this.#say({ type: "metadata", metadata: this.metadata });
    for (const track of this.tracks) track.id = undefined;
    const socket = this.#socket;
    this.#world.after(message.fresh ? this.#world.random() * 500 : 0, () => {
      if (this.state === "in" && this.#socket === socket && this.#hasPeer) this.#offer();
    });
  }

  #refused(code: string, why: string): void {
    if (code === "no-such-track" || code === "bad-state") return;
    this.#world.note(`${this.name} is told ${code}: ${why}`);
    if (this.state === "in") return;
    this.#waitCount += 1;
    this.#out();
    this.#hangUp(1000);
  }

  #left(id: string, reason: string, how = "left"): void {
    if (id === this.peerId) {
      if (reason === "kicked" && this.#world.isPutOut(id)) {
        this.#world.note(`${this.name} is put out`);
        this.#out();
        this.#hangUp(1000);
      } else if (reason !== "replaced") this.#problem(`is told that it left itself: ${reason}`);
      return;
    }
    if (!this.others.delete(id)) this.#problem(`is told that ${id} left, whom it does not know`);
    if (this.#world.isPutOut(id)) return;
    const departedMs = this.#world.departures.get(id);
    // Undefined for one whose client never learned that it was in.
    if (departedMs === undefined || this.#world.nowMs - departedMs < rumorMs) return;
    if ((reason === "timeout" || reason === "node-lost" || how !== "left") && this.#world.mayBeLost()) return;
    // Where it went on cannot be heard of.
    if ((reason === "left" || reason === "timeout") && this.#world.isIsolated()) return;
    // Nobody could be asked that knew of it.
    if (how !== "left" && !this.#world.isKnown(id, this.node)) return;
    this.#problem(`is told that ${id} left (${reason}, ${how}), which never did`);
  }

  #noteLostTracks(peer: PeerInfo): void {
    const kept = new Set(peer.tracks.map(({ id }) => id));
    for (const { id } of this.others.get(peer.id)?.tracks ?? []) {
      if (!kept.has(id)) this.#problem(`sees that ${peer.id} lost ${id} without a word`);
    }
  }

  #published(track: Track, mid: string | undefined): void {
    const own = this.tracks.find((each) => each.mid === mid);
    if (own === undefined) return;
    own.id = track.id;
    if (own.muted !== track.muted) this.#tellMuted(own);
  }

  #changeTracks(id: string, change: (tracks: readonly Track[]) => readonly Track[]): void {
    const peer = this.others.get(id);
    if (peer === undefined) this.#problem(`is told of a track of ${id}, whom it does not know`);
    else this.others.set(id, { ...peer, tracks: change(peer.tracks) });
  }

  #tellMuted({ id, muted }: WantedTrack): void {
    if (id !== undefined) this.#say({ type: "mute", track: id, muted });
  }

  #offer(): void {
    const tracks = Object.fromEntries(this.tracks.map(({ mid, source, name }) => [mid, { source, name }]));
    this.#hasPeer = true;
    const sent = this.tracks.map(({ mid, kind }) => `${mid}:${kind}`).join(" ");
    this.#say({ type: "offer", sdp: `${offerSdp}a=simulated:${sent}\r\n`, tracks });
  }

  #say(message: ClientMessage): void {
    this.#socket?.say(message);
  }

  #open(node: SimulatedNode): SimulatedSocket {
    this.#socketCount += 1;
    this.#hasEntered = false;
    const socket = new SimulatedSocket(`${this.name}-${this.#socketCount}`, { client: this, node, world: this.#world });
    node.sockets.add(socket);
    return socket;
  }

  #comeBack(delayMs: number): void {
    this.state = "away";
    const wait = ++this.#waitCount;
    this.#world.after(delayMs, () => {
      if (this.#waitCount !== wait || this.state !== "away") return;
      const node = this.#world.pickNode();
      if (node === undefined) {
        this.#comeBack(500);
        return;
      }
      this.#world.note(`${this.name} comes back to ${node.start}`);
      this.#socket = this.#open(node);
      this.#say({ type: "resume", token: this.token });
      this.#expectReply();
    });
  }

  /** Tries elsewhere when there is no answer. */
  #expectReply(): void {
    const wait = ++this.#waitCount;
    this.#world.after(5_000, () => {
      if (this.#waitCount !== wait || this.#socket === undefined) return;
      this.#world.note(`${this.name} gave up waiting for ${this.node?.start}`);
      this.#gaveUpMs = this.#world.nowMs;
      this.#hangUp(1006);
      if (this.state === "away") this.#comeBack(100);
      else this.#out();
    });
  }

  #hangUp(code: number): void {
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) return;
    socket.isDeaf = true;
    socket.end(code);
  }

  #out(): void {
    this.#waitCount += 1;
    if (this.peerId !== "") this.#world.departures.set(this.peerId, this.#world.nowMs);
    this.state = "out";
    this.others.clear();
  }

  #problem(text: string): void {
    this.#world.problem(`${this.name} (${this.peerId}) ${text}`);
  }
}
