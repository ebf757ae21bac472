import type { ClientMessage } from "../../protocol/client_message.ts";
import { backoffMs } from "./backoff.ts";
import { ClientError } from "./client_error.ts";
import type { IncomingMessage, Joined, Resumed } from "./incoming_message.ts";
import { type JoinEvent, type JoinState, joinTransitions } from "./join_state.ts";
import { type KeepingSocket, openKeepingSocket } from "./keeping_socket.ts";
import { Liveness } from "./liveness.ts";
import type { Platform } from "./platform.ts";
import { comingBackCode, goodbyeCode, type OutgoingMessage, type SignalingSocket } from "./signaling_socket.ts";

/** Who stayed joined for so long does not count its next loss as one more failure in a row. Ours. */
const steadyMs = 5_000;

/** What a connector needs to know and whom it tells. */
export interface ConnectorOptions {
  readonly platform: Platform;
  readonly url: string;
  /** How long one step may take: opening the socket, the server's decision. */
  readonly stepTimeoutMs: number;
  /** How long the first join may take, with all its attempts. */
  readonly joinTimeoutMs: number;
  /** Made for each attempt, so that a token may be a new one. */
  joinMessage(): Promise<ClientMessage>;
  /** A request that does nothing and is answered. */
  probeMessage(): ClientMessage;
  /** You are in; what came before on this socket is over, unless `isResumed`. `isMove`: the old connection still carries media. */
  entered(reply: Joined | Resumed, how: { readonly isResumed: boolean; readonly isMove: boolean }): void;
  received(message: IncomingMessage): void;
  changed(state: JoinState): void;
}

/** Gets into the room and back into it: opens sockets, joins or resumes, waits longer after each failure. */
export class Connector {
  readonly #options: ConnectorOptions;
  readonly #liveness: Liveness;
  #state: JoinState = "idle";
  #socket: SignalingSocket | undefined;
  #resumeToken: string | undefined;
  #joined: PromiseWithResolvers<void> | undefined;
  #joinedAtMs = 0;
  /** Failures in a row, for the pauses. */
  #failures = 0;
  /** Which attempt is under way or next, from 1 on, since `join()` or since the connection was lost. */
  attemptNumber = 1;
  /** When the next attempt is due, on the platform's clock. */
  retryAtMs = 0;
  #cancelPause: (() => void) | undefined;
  /** Whether the network changed since a session was entered: the media of one that is resumed have to find another way. */
  isNetworkNew = false;
  #generations = 0;
  /** Closes what is being opened. */
  #opening = new AbortController();
  /** Why the last attempt or connection ended. */
  lastError: ClientError | undefined;

  constructor(options: ConnectorOptions) {
    this.#options = options;
    this.#liveness = new Liveness(options.platform, {
      probe: (socket) => socket.send({ ...options.probeMessage(), ref: socket.nextRef() }),
      woke: (isNetworkNew) => this.#retryNow(isNetworkNew),
    });
  }

  get state(): JoinState {
    return this.#state;
  }

  /**
   * Goes in; resolves when joined.
   *
   * @throws {ClientError} when the server refuses, or nothing worked for `joinTimeoutMs`.
   */
  async join(): Promise<void> {
    const { platform, joinTimeoutMs } = this.#options;
    const joined = Promise.withResolvers<void>();
    this.#joined = joined;
    this.#failures = 0;
    this.attemptNumber = 1;
    this.lastError = undefined;
    const cancelDeadline = platform.startTimer(joinTimeoutMs, () => {
      const late = new ClientError("timeout", `Cannot join: nothing worked for ${joinTimeoutMs / 1000} s`);
      this.#fail(this.lastError ?? late);
    });
    this.#become("join.requested");
    await joined.promise.finally(cancelDeadline);
  }

  /** Sends a message; false when there is no room to send it to. */
  send(message: OutgoingMessage): boolean {
    return this.#state === "joined" && this.#socket !== undefined && this.#socket.send(message);
  }

  /** As {@link send}, with a `ref` that an error repeats: returned, or undefined when it was not sent. */
  sendWithRef(message: ClientMessage): string | undefined {
    const ref = this.#socket?.nextRef();
    return ref !== undefined && this.send({ ...message, ref }) ? ref : undefined;
  }

  /** The server put us out of the room: in again, or not. */
  expelled(error: ClientError): void {
    this.#socket?.close();
    this.#lose(error);
  }

  /**
   * Opens a connection beside this one and takes the session over to it; the old one goes on until that has worked. A load balancer may
   * send it to the same node again, which takes nobody any more: then once more, for `deadlineMs`.
   */
  async move(resumeToken: string, deadlineMs: number, attempt = 0): Promise<void> {
    const { platform } = this.#options;
    const beganAtMs = platform.now();
    this.#resumeToken = resumeToken;
    const old = this.#socket;
    const isCurrent = () => this.#state === "joined" && this.#socket === old;
    let socket: SignalingSocket | undefined;
    try {
      const [opened, flush] = await this.#open();
      socket = opened;
      const reply = await socket.request({ type: "resume", token: resumeToken }, this.#options.stepTimeoutMs);
      if (!isCurrent()) return socket.close(this.#closeCode);
      this.#adopt(socket, reply as Resumed, { isResumed: !(reply as Resumed).fresh, isMove: true });
      old?.close();
      flush();
    } catch (error) {
      const failure = ClientError.from(error, "unreachable", "Cannot move to another node");
      socket?.close(this.#closeCode);
      // The node closes the old connection in the end; the usual way back is tried then.
      if (isCurrent()) {
        this.lastError = failure;
        const pauseMs = backoffMs(attempt, platform.random());
        const leftMs = deadlineMs - (platform.now() - beganAtMs) - pauseMs;
        if (!failure.isRetryable || !(leftMs > 0)) return;
        platform.startTimer(pauseMs, () => {
          if (isCurrent()) void this.move(resumeToken, leftMs, attempt + 1);
        });
      } else if (socket !== undefined && this.#socket === socket) this.#lose(failure);
    }
  }

  /** Ends it for good; nothing is told any more. */
  leave(): void {
    this.#socket?.send({ type: "leave" });
    this.#end();
    this.#become("room.left");
    this.#joined?.reject(new ClientError("aborted", "Cannot join"));
    this.#joined = undefined;
  }

  async #attempt(): Promise<void> {
    const { stepTimeoutMs } = this.#options;
    const isCurrent = this.#generation();
    let socket: SignalingSocket | undefined;
    try {
      const [opened, flush] = await this.#open();
      socket = opened;
      if (!isCurrent()) return socket.close();
      this.#socket = socket;
      this.#become("socket.opened");
      const reply =
        (await this.#resume(socket)) ?? (await socket.request(await this.#joinMessage(socket), stepTimeoutMs));
      if (!isCurrent()) return socket.close();
      const isResumed = reply.type === "resumed" && !(reply as Resumed).fresh;
      const isFirst = this.#joined !== undefined;
      this.#adopt(socket, reply as Joined | Resumed, { isResumed, isMove: false });
      if (this.#socket !== socket) return;
      // Whoever awaits the first join gets to add listeners before anything is told.
      if (isFirst) this.#options.platform.startTimer(0, flush);
      else flush();
    } catch (error) {
      // Also what fails in this client once it is in: a room that is deaf is none.
      const isIn = socket !== undefined && this.#socket === socket && this.#state === "joined";
      if (!isCurrent() && !isIn) return;
      socket?.close(this.#closeCode);
      this.#lose(ClientError.from(error, "unreachable", "Cannot join"));
    }
  }

  /** The program's token is part of it, and has its time as every step. */
  async #joinMessage(socket: SignalingSocket): Promise<ClientMessage> {
    const { stepTimeoutMs, joinMessage } = this.#options;
    const late = `it took more than ${stepTimeoutMs / 1000} s`;
    try {
      return await socket.during(joinMessage(), { timeoutMs: stepTimeoutMs, late });
    } catch (cause) {
      throw ClientError.from(cause, "token-failed", "Cannot get a token to join with");
    }
  }

  /** Of a socket that is given up: who has a session comes back to it, which the node may have taken up there and be late to say. */
  get #closeCode(): number {
    return this.#resumeToken === undefined ? goodbyeCode : comingBackCode;
  }

  /** Takes the session up again, if there is one; undefined when it is to be joined anew. */
  async #resume(socket: SignalingSocket): Promise<IncomingMessage | undefined> {
    const token = this.#resumeToken;
    if (token === undefined) return undefined;
    try {
      return await socket.request({ type: "resume", token }, this.#options.stepTimeoutMs);
    } catch (error) {
      // A socket that was lost, or a node without a place: the session may still be there.
      if (error instanceof ClientError && error.isRetryable) throw error;
      this.#resumeToken = undefined;
      return undefined;
    }
  }

  #open(): Promise<KeepingSocket> {
    const { url, platform, stepTimeoutMs, received } = this.#options;
    return openKeepingSocket(url, platform, {
      timeoutMs: stepTimeoutMs,
      signal: this.#opening.signal,
      received: (socket, message) => {
        if (this.#socket === socket) received(message);
      },
      lost: (socket, error) => {
        if (this.#socket === socket && this.#state === "joined") this.#lose(error);
      },
    });
  }

  #adopt(socket: SignalingSocket, reply: Joined | Resumed, how: { isResumed: boolean; isMove: boolean }): void {
    this.#socket = socket;
    this.#resumeToken = reply.resume;
    this.#joinedAtMs = this.#options.platform.now();
    this.attemptNumber = 0;
    const next = this.#enter("room.joined");
    this.#liveness.watch(socket);
    // Whoever hears of the state finds everybody there. A listener may have left meanwhile.
    this.#options.entered(reply, how);
    this.isNetworkNew = false;
    if (next !== undefined && this.#socket === socket) this.#options.changed(next);
    if (this.#socket !== socket) return;
    this.#joined?.resolve();
    this.#joined = undefined;
  }

  #lose(error: ClientError): void {
    const { platform } = this.#options;
    this.#liveness.stop();
    this.#socket = undefined;
    const isFirstJoin = this.#joined !== undefined;
    // Whether to wait for a place is for the caller to decide.
    if (!error.isRetryable || (isFirstJoin && error.code === "room-full")) {
      this.#fail(error);
      return;
    }
    this.lastError = error;
    if (this.#state === "joined" && platform.now() - this.#joinedAtMs > steadyMs) this.#failures = 0;
    const pauseMs = backoffMs(this.#failures, platform.random());
    this.#failures += 1;
    this.attemptNumber += 1;
    this.retryAtMs = platform.now() + pauseMs;
    this.#cancelPause = platform.startTimer(pauseMs, () => this.#become("pause.ended"));
    this.#become("connection.lost");
  }

  /** The network or the page is back: no reason to wait any longer. */
  #retryNow(isNetworkNew: boolean): void {
    this.isNetworkNew ||= isNetworkNew;
    if (this.#state !== "waiting") return;
    this.#failures = 0;
    this.#become("pause.ended");
  }

  #fail(error: ClientError): void {
    this.lastError = error;
    this.#end();
    this.#become("join.refused");
    this.#joined?.reject(error);
    this.#joined = undefined;
  }

  #end(): void {
    this.#resumeToken = undefined;
    this.#liveness.end();
    this.#opening.abort();
    this.#opening = new AbortController();
    this.#socket?.close();
    this.#socket = undefined;
    this.#cancelPause?.();
  }

  #enter(event: JoinEvent): JoinState | undefined {
    const next = joinTransitions[this.#state][event];
    if (next !== undefined) this.#state = next;
    return next;
  }

  #become(event: JoinEvent): void {
    const next = this.#enter(event);
    if (next === undefined) return;
    if (next === "connecting") {
      this.#cancelPause?.();
      this.#liveness.begin();
      void this.#attempt();
    }
    this.#options.changed(next);
  }

  /** Tells whether this attempt is still the one that counts. */
  #generation(): () => boolean {
    this.#generations += 1;
    const number = this.#generations;
    return () => number === this.#generations && (this.#state === "connecting" || this.#state === "joining");
  }
}
