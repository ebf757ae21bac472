import type { SignallingSocket } from "../../actors/ports.ts";
import type { ServerMessage } from "../../protocol/server_message.ts";
import type { ErrorCode } from "../../protocol/signalbox_error.ts";
import { closeCodeOf } from "./close_code.ts";
import { type EdgeLimits, maxUnsentBytes } from "./edge_limits.ts";
import { ErrorWindow } from "./error_window.ts";
import { type FrameSink, OutboundQueue } from "./outbound_queue.ts";

/** What a socket needs of the engine's WebSocket. `end` and `close` tell its close handler before they return. */
export interface EngineSocket extends FrameSink {
  /** Sends a close frame behind what is buffered; the engine cuts the connection itself when that cannot be sent. */
  end(code: number, reason: string): void;
  /** Cuts the connection. */
  close(): void;
}

/** What a socket is given. */
export interface EdgeSocketOptions {
  readonly id: string;
  readonly remoteAddress: string;
  readonly limits: EdgeLimits;
  readonly now: () => number;
  /** The sockets that are behind: each adds and removes itself, so that one timer serves all (see {@linkcode checkPace}). */
  readonly throttled: Set<EdgeSocket>;
}

/** A client's WebSocket: it sends in order, never loses a message in silence, and closes a client that cannot keep up. */
export class EdgeSocket implements SignallingSocket {
  readonly id: string;
  readonly remoteAddress: string;
  readonly #options: EdgeSocketOptions;
  readonly #errors: ErrorWindow;
  readonly #outbound: OutboundQueue;
  /** Undefined once closed: every method of a closed engine socket throws. */
  #engine: EngineSocket | undefined;
  #closing: { readonly code: number; readonly reason: string } | undefined;

  constructor(engine: EngineSocket, options: EdgeSocketOptions) {
    this.id = options.id;
    this.remoteAddress = options.remoteAddress;
    this.#options = options;
    this.#errors = new ErrorWindow(options.limits.maxErrorsPerMinute);
    this.#outbound = new OutboundQueue(engine, options.limits);
    this.#engine = engine;
  }

  /** Whether nothing more is taken from the client: `close` was called, or it is gone. */
  get isClosing(): boolean {
    return this.#engine === undefined || this.#closing !== undefined;
  }

  /** Errors count, whoever sends them: one too many closes the socket with `too-many-errors` in its place. */
  send(message: ServerMessage): void {
    if (this.isClosing) return;
    if (message.type === "error" && !this.#errors.admit(this.#options.now())) {
      const max = this.#options.limits.maxErrorsPerMinute;
      this.fail("too-many-errors", `Cannot go on: more than ${max} errors in a minute`);
      return;
    }
    this.#write(message);
  }

  sendEncoded(text: string): void {
    if (!this.isClosing) this.#writeText(text);
  }

  close(code: number, reason: string): void {
    if (this.isClosing) return;
    this.#closing = { code, reason };
    if (this.#outbound.throttledSinceMs === undefined) this.#engine?.end(code, reason);
  }

  /** Tells a last error and closes with its code. */
  fail(code: ErrorCode, message: string): void {
    if (!this.isClosing) this.#write({ type: "error", code, message });
    this.close(closeCodeOf(code) ?? 1011, code);
  }

  /** Cuts the connection without a word. */
  terminate(): void {
    this.#engine?.close();
  }

  /** The engine has room again. */
  drained(): void {
    if (this.#engine === undefined) return;
    this.#settle(this.#outbound.flush(this.#options.now()));
    if (this.#closing !== undefined && this.#outbound.throttledSinceMs === undefined) {
      this.#engine?.end(this.#closing.code, this.#closing.reason);
    }
  }

  /** Closes the socket if it has been behind for too long; called now and then while it is. */
  checkPace(): void {
    const since = this.#outbound.throttledSinceMs;
    if (since === undefined) return;
    if (this.#options.now() - since >= this.#options.limits.slowConsumerTimeoutMs) this.#closeSlow();
  }

  /** The engine closed; from now on nothing reaches it. Returns the code that tells why best. */
  engineClosed(code: number): number {
    this.#engine = undefined;
    this.#options.throttled.delete(this);
    return this.#closing?.code ?? code;
  }

  #write(message: ServerMessage): void {
    this.#writeText(JSON.stringify(message));
  }

  #writeText(text: string): void {
    this.#settle(this.#outbound.push(text, this.#options.now()));
  }

  #settle(isInOrder: boolean): void {
    if (!isInOrder) this.#closeSlow();
    else if (this.#outbound.throttledSinceMs !== undefined) this.#options.throttled.add(this);
    else this.#options.throttled.delete(this);
  }

  /** What waits in the queue is given up: sending it would only take longer. */
  #closeSlow(): void {
    const engine = this.#engine;
    if (engine === undefined) return;
    this.#closing ??= { code: closeCodeOf("slow-consumer") ?? 1011, reason: "slow-consumer" };
    // Above its limit the engine would drop the close frame.
    if (engine.getBufferedAmount() > maxUnsentBytes(this.#options.limits)) engine.close();
    else engine.end(this.#closing.code, this.#closing.reason);
  }
}
