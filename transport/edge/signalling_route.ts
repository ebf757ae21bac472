import type { HttpRequest, HttpResponse, us_socket_context_t, WebSocket, WebSocketBehavior } from "uWebSockets.js";
import { randomBytes } from "node:crypto";
import type { SignallingListener } from "../../actors/ports.ts";
import { ClientMessageError } from "../../protocol/client_message.ts";
import type { ServerMessage } from "../../protocol/server_message.ts";
import { SignalboxError } from "../../protocol/signalbox_error.ts";
import { closeCodeOf } from "./close_code.ts";
import { type EdgeLimits, engineLimitsOf } from "./edge_limits.ts";
import { EdgeSocket } from "./edge_socket.ts";
import { FrameReader } from "./frame_reader.ts";
import { upgradeRequired } from "./http_routes.ts";
import { writeAnswer } from "./http_writer.ts";
import { remoteAddressOf } from "./remote_address.ts";

/** What a fault was about. */
export interface FaultContext {
  /** What was being done, as the end of "while ...". */
  readonly doing: string;
  readonly socketId?: string;
}

/** What the route is given. */
export interface SignallingRouteOptions {
  readonly listener: SignallingListener;
  readonly limits: EdgeLimits;
  readonly now: () => number;
  readonly onError: (error: unknown, context: FaultContext) => void;
}

interface Session {
  readonly socket: EdgeSocket;
  readonly reader: FrameReader;
}

/** Our data on an engine socket: no session means that the socket was turned away and nobody was told of it. */
interface Slot {
  session?: Session;
}

/** All WebSockets of one listener: takes them in, reads their frames, tells the listener, and lets them go. */
export class SignallingRoute {
  readonly #options: SignallingRouteOptions;
  readonly #sessions = new Set<Session>();
  readonly #throttled = new Set<EdgeSocket>();
  readonly #paceTimer: NodeJS.Timeout;
  #isStopping = false;
  #lastClosedAtMs = Number.NEGATIVE_INFINITY;
  #onEmpty: (() => void) | undefined;

  constructor(options: SignallingRouteOptions) {
    this.#options = options;
    const intervalMs = Math.min(1_000, Math.max(25, options.limits.slowConsumerTimeoutMs / 4));
    this.#paceTimer = setInterval(() => {
      for (const socket of this.#throttled) socket.checkPace();
    }, intervalMs).unref();
  }

  /** What the engine calls for the path of this route. */
  behavior(): WebSocketBehavior<Slot> {
    return {
      ...engineLimitsOf(this.#options.limits),
      upgrade: (res, req, context) => this.#upgrade(res, req, context),
      open: (ws) => this.#opened(ws),
      message: (ws, data, isBinary) => this.#received(ws.getUserData().session, data, isBinary),
      drain: (ws) => ws.getUserData().session?.socket.drained(),
      close: (ws, code) => this.#closed(ws.getUserData().session, code),
    };
  }

  /** When a socket last closed; its connection may still be about to say goodbye. */
  get lastClosedAtMs(): number {
    return this.#lastClosedAtMs;
  }

  /** From now on every new socket is turned away: a connection that was open before may still be upgraded. */
  stopAccepting(): void {
    this.#isStopping = true;
  }

  /** Tells every client that the node stops and closes its socket; who is not gone after `timeoutMs` is cut off. */
  async stop(timeoutMs: number): Promise<void> {
    this.stopAccepting();
    const sessions = [...this.#sessions];
    const message = "Cannot go on: the node is stopping; connect again";
    for (const { socket } of sessions) socket.fail("shutting-down", message);
    if (this.#sessions.size > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#onEmpty = resolve;
      const timer = setTimeout(resolve, timeoutMs);
      await promise;
      clearTimeout(timer);
    }
    for (const { socket } of sessions) socket.terminate();
    clearInterval(this.#paceTimer);
  }

  #upgrade(res: HttpResponse, req: HttpRequest, context: us_socket_context_t): void {
    const isHandshake = req.getHeader("upgrade").toLowerCase() === "websocket";
    if (!isHandshake || req.getHeader("sec-websocket-version") !== "13") {
      writeAnswer(res, upgradeRequired("/ws"), { isHead: false, isLast: true });
      return;
    }
    // No subprotocol is ours, so none is chosen (RFC 6455, 4.2.2).
    const slot: Slot = {};
    const extensions = req.getHeader("sec-websocket-extensions");
    res.upgrade(slot, req.getHeader("sec-websocket-key"), "", extensions, context);
  }

  #opened(ws: WebSocket<Slot>): void {
    const { limits, now, listener } = this.#options;
    const socket = new EdgeSocket(ws, {
      id: randomBytes(12).toString("base64url"),
      remoteAddress: remoteAddressOf(Buffer.from(ws.getRemoteAddressAsText()).toString()),
      limits,
      now,
      throttled: this.#throttled,
    });
    if (this.#isStopping) {
      socket.fail("shutting-down", "Cannot open a session: the node is stopping; connect again");
    } else if (this.#sessions.size >= limits.maxSessions) {
      const held = `it holds ${this.#sessions.size} of ${limits.maxSessions} sessions`;
      socket.fail("overloaded", `Cannot open a session: ${held}; try again later`);
    } else {
      const session: Session = { socket, reader: new FrameReader(limits, now()) };
      ws.getUserData().session = session;
      this.#sessions.add(session);
      this.#tell(socket, "a socket opened", () => listener.socketOpened(socket));
    }
  }

  #received(session: Session | undefined, data: ArrayBuffer, isBinary: boolean): void {
    if (session === undefined || session.socket.isClosing) return;
    const { socket, reader } = session;
    this.#tell(socket, "a message was handled", () => {
      let message: ReturnType<FrameReader["read"]>;
      try {
        message = reader.read(data, isBinary, this.#options.now());
      } catch (error) {
        if (!(error instanceof SignalboxError)) throw error;
        refuse(socket, error);
        return;
      }
      if (message !== undefined) this.#options.listener.messageReceived(socket, message);
    });
  }

  #closed(session: Session | undefined, engineCode: number): void {
    if (session === undefined) return;
    const { socket } = session;
    const code = socket.engineClosed(engineCode);
    this.#sessions.delete(session);
    this.#lastClosedAtMs = this.#options.now();
    // Later, since the engine says so in the middle of our own send() and close(), which the listener may have called.
    queueMicrotask(() => {
      this.#tell(socket, "a socket closed", () => this.#options.listener.socketClosed(socket, { code }));
      if (this.#sessions.size === 0) this.#onEmpty?.();
    });
  }

  /** The boundary: a fault of the listener ends this socket and no other. */
  #tell(socket: EdgeSocket, doing: string, tell: () => void): void {
    try {
      tell();
    } catch (error) {
      socket.close(1011, "internal-error");
      this.#options.onError(error, { doing, socketId: socket.id });
    }
  }
}

/** Answers a frame that could not be taken; some errors end the socket. */
function refuse(socket: EdgeSocket, error: SignalboxError): void {
  if (closeCodeOf(error.code) !== undefined) {
    socket.fail(error.code, error.message);
    return;
  }
  const ref = error instanceof ClientMessageError ? error.ref : undefined;
  const told: ServerMessage = { type: "error", code: error.code, message: error.message };
  socket.send(ref === undefined ? told : { ...told, ref });
}
