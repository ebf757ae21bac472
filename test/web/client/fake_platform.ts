import type { Platform } from "../../../web/client/platform.ts";
import { FakeConnection, settle } from "./fake_connection.ts";

/** A message on its way, in either direction. */
export type FakeMessage = { readonly type: string } & Readonly<Record<string, unknown>>;

/** A WebSocket whose other end is a test. */
export class FakeSocket {
  readonly url: string;
  readyState = 0;
  onopen: (() => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  readonly sent: FakeMessage[] = [];
  isClosedByClient = false;
  /** That the client gave. */
  closeCode: number | undefined;
  /** Called for what the client sends. */
  onSent: (message: FakeMessage) => void = () => undefined;

  constructor(url: string) {
    this.url = url;
  }

  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  send(text: string): void {
    const message = JSON.parse(text) as FakeMessage;
    this.sent.push(message);
    this.onSent(message);
  }

  close(code?: number): void {
    this.readyState = 3;
    this.isClosedByClient = true;
    this.closeCode = code;
  }

  /** The server says something. */
  receive(...messages: readonly object[]): void {
    for (const message of messages) this.onmessage?.({ data: JSON.stringify(message) });
  }

  /** The connection ended. */
  drop(code = 1006): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

/** Surroundings in which a test has time, chance, the network and the devices in its hands. */
export class FakePlatform implements Platform {
  readonly defaultUrl = "ws://fake/ws";
  readonly sockets: FakeSocket[] = [];
  readonly connections: FakeConnection[] = [];
  readonly #wakers = new Set<(isNetworkNew: boolean) => void>();
  #timers: { readonly atMs: number; readonly callback: () => void }[] = [];
  #nowMs = 0;
  isOnline = true;
  isSecure = true;
  mediaDevices: MediaDevices | undefined;
  chance = 0.5;
  /** Called for each socket, right after it was made. */
  onSocket: (socket: FakeSocket) => void = () => undefined;

  createSocket(url: string): WebSocket {
    const socket = new FakeSocket(url);
    this.sockets.push(socket);
    this.onSocket(socket);
    return socket as unknown as WebSocket;
  }

  createPeerConnection(configuration: RTCConfiguration): RTCPeerConnection {
    const connection = new FakeConnection(configuration);
    this.connections.push(connection);
    return connection as unknown as RTCPeerConnection;
  }

  now(): number {
    return this.#nowMs;
  }

  random(): number {
    return this.chance;
  }

  startTimer(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.#nowMs + delayMs, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((each) => each !== timer);
    };
  }

  onWake(callback: (isNetworkNew: boolean) => void): () => void {
    this.#wakers.add(callback);
    return () => this.#wakers.delete(callback);
  }

  /** The newest socket. */
  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error("No socket was opened");
    return socket;
  }

  /** The newest peer connection. */
  get connection(): FakeConnection {
    const connection = this.connections.at(-1);
    if (connection === undefined) throw new Error("No peer connection was made");
    return connection;
  }

  /** How many timers run. */
  get timerCount(): number {
    return this.#timers.length;
  }

  get wakerCount(): number {
    return this.#wakers.size;
  }

  /** Lets time pass, with all that it brings, one timer after the other. */
  async pass(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    for (;;) {
      await settle();
      const next = this.#timers.filter(({ atMs }) => atMs <= endMs).sort((one, other) => one.atMs - other.atMs)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((each) => each !== next);
      this.#nowMs = next.atMs;
      next.callback();
    }
    this.#nowMs = endMs;
    await settle();
  }

  /** The page is back, or the network: then it may be another one. */
  wake(isNetworkNew = false): void {
    for (const callback of [...this.#wakers]) callback(isNetworkNew);
  }
}

/** A server that lets everybody in and answers every offer, on every socket from now on. */
export class FakeServer {
  readonly platform: FakePlatform;
  peers: object[] = [];
  /** What it has of the client's metadata; a `join` brings them. */
  metadata: unknown = null;
  /** What is added to `joined` or `resumed`. */
  extra: object = {};
  joins = 0;
  /** Answers a join otherwise; undefined lets it in. */
  refusal: object | undefined;
  /** Whether sessions can be taken up, and with which peer connection. */
  resumes: "not" | "same" | "fresh" = "not";

  constructor(platform: FakePlatform) {
    this.platform = platform;
    platform.onSocket = (socket) => {
      socket.onSent = (message) => this.#answer(socket, message);
      queueMicrotask(() => socket.open());
    };
  }

  #answer(socket: FakeSocket, { type, ref, metadata = null }: FakeMessage): void {
    if (type === "join") this.metadata = metadata;
    const { peers } = this;
    const fields = { ref, room: "atrium", node: "n", iceServers: [], metadata: this.metadata, peers, ...this.extra };
    if (type === "offer") socket.receive({ type: "answer", sdp: "answer" });
    if (type === "join" && this.refusal !== undefined) {
      socket.receive({ type: "error", ref, ...this.refusal });
    } else if (type === "join") {
      this.joins += 1;
      socket.receive({ type: "joined", peer: `me${this.joins}`, ...fields });
    }
    if (type === "resume" && this.resumes === "not") {
      socket.receive({ type: "error", ref, code: "bad-message", message: "Cannot read the message" });
    } else if (type === "resume") {
      socket.receive({ type: "resumed", fresh: this.resumes === "fresh", peer: `me${this.joins}`, ...fields });
    }
  }
}
