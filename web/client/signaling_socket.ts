import type { ClientMessage } from "../../protocol/client_message.ts";
import { ClientError } from "./client_error.ts";
import { closeError } from "./close_error.ts";
import { type IncomingMessage, parseIncoming } from "./incoming_message.ts";
import type { Platform } from "./platform.ts";

/**
 * How a socket is closed by its client (RFC 6455, 7.4): by 1000 the session is left, by any code of a program's own it is waited for. A
 * server that stood still, or that a network kept apart, reads of it later than the next socket is open.
 */
export const goodbyeCode = 1000;
export const comingBackCode = 3000;

/** What the client may say: what the protocol has, and the taking up of a session. */
export type OutgoingMessage =
  | ClientMessage
  | { readonly type: "resume"; readonly token: string; readonly ref?: string };

/** What the owner of a socket is told. */
export interface SocketListener {
  received(message: IncomingMessage): void;
  /** Once, whoever closed it; not after `close()`. */
  lost(error: ClientError): void;
}

/** How a socket is opened. */
export interface OpenOptions {
  readonly timeoutMs: number;
  readonly listener: SocketListener;
  /** Closes it whenever it is aborted. */
  readonly signal: AbortSignal;
}

/** One WebSocket to the server: JSON in text frames, and replies by their `ref`. Whoever opened it closes it. */
export class SignalingSocket {
  readonly #socket: WebSocket;
  readonly #platform: Platform;
  readonly #answers = new Map<string, (reply: IncomingMessage) => void>();
  /** Who is told at once that it ended. */
  readonly #waiting = new Set<(error: ClientError) => void>();
  #lastRef = 0;
  #listener: SocketListener | undefined;
  #stopAborting: () => void = () => undefined;
  /** When something last came, on the platform's clock. */
  heardAtMs: number;
  /** How many messages came. */
  heardCount = 0;

  private constructor(socket: WebSocket, platform: Platform) {
    this.#socket = socket;
    this.#platform = platform;
    this.heardAtMs = platform.now();
  }

  /**
   * Opens a socket; `listener` hears nothing before this resolves.
   *
   * @throws {ClientError} `unreachable` or `timeout`, or what the close code says.
   */
  static open(url: string, platform: Platform, options: OpenOptions) {
    return new Promise<SignalingSocket>((resolve, reject) => {
      const socket = openSocket(url, platform);
      const self = new SignalingSocket(socket, platform);
      const stopTimer = platform.startTimer(options.timeoutMs, () => {
        self.close();
        reject(new ClientError("timeout", `Cannot connect to ${url}: no answer in ${options.timeoutMs / 1000} s`));
      });
      const abort = () => {
        stopTimer();
        self.close();
        reject(new ClientError("aborted", `Cannot connect to ${url}`));
      };
      self.#heed(options.signal, abort);
      socket.onclose = ({ code }) => {
        stopTimer();
        self.#stopAborting();
        reject(closeError(code, `Cannot connect to ${url}`));
      };
      socket.onopen = () => {
        stopTimer();
        self.heardAtMs = platform.now();
        self.#listener = options.listener;
        socket.onclose = ({ code }) => self.#lose(closeError(code, "The connection to the server ended"));
        resolve(self);
      };
      socket.onmessage = ({ data }) => self.#receive(data);
    });
  }

  #heed(signal: AbortSignal, abort: () => void): void {
    signal.addEventListener("abort", abort);
    this.#stopAborting = () => signal.removeEventListener("abort", abort);
  }

  /** Sends one message; says whether the socket was open to take it. */
  send(message: OutgoingMessage): boolean {
    if (this.#socket.readyState !== 1) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** A `ref` that no other message of this socket has. */
  nextRef(): string {
    this.#lastRef += 1;
    return `c${this.#lastRef}`;
  }

  /**
   * Sends a message and waits for the one with its `ref`.
   *
   * @throws {ClientError} the server's error, `timeout`, or why the socket was lost.
   */
  async request(message: OutgoingMessage, timeoutMs: number): Promise<IncomingMessage> {
    const ref = this.nextRef();
    const { promise, resolve } = Promise.withResolvers<IncomingMessage>();
    const late = new ClientError("timeout", `Cannot ${message.type}: no answer in ${timeoutMs / 1000} s`);
    this.#answers.set(ref, resolve);
    try {
      const isSent = this.send({ ...message, ref });
      if (!isSent) throw new ClientError("unreachable", `Cannot ${message.type}: the connection is closed`);
      const reply = await this.during(promise, { timeoutMs, late });
      if (reply.type === "error") throw new ClientError(reply.code, reply.message);
      return reply;
    } finally {
      this.#answers.delete(ref);
    }
  }

  /**
   * Waits for a step, as long as the socket is open.
   *
   * @throws {ClientError} why the socket was lost; `late` when the time is over, and what the step itself throws
   */
  async during<T>(step: Promise<T>, { timeoutMs, late }: { timeoutMs: number; late: unknown }): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>();
    const stopTimer = this.#platform.startTimer(timeoutMs, () => reject(late));
    const end = (error: ClientError) => {
      stopTimer();
      reject(error);
    };
    this.#waiting.add(end);
    try {
      return await Promise.race([step, promise]);
    } finally {
      stopTimer();
      this.#waiting.delete(end);
    }
  }

  /** Gives the socket up as lost, whatever it says of itself. */
  abandon(error: ClientError): void {
    this.#close(error, comingBackCode);
    this.#lose(error);
  }

  /** Closes for good; the listener hears nothing any more. */
  close(code: number = goodbyeCode): void {
    this.#listener = undefined;
    this.#close(new ClientError("aborted", "Cannot wait for the answer: the connection was closed"), code);
  }

  #close(error: ClientError, code: number): void {
    this.#stopAborting();
    this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close(code);
    for (const end of this.#waiting) end(error);
  }

  #receive(data: unknown): void {
    this.heardAtMs = this.#platform.now();
    this.heardCount += 1;
    const message = parseIncoming(data);
    if (message === null) return;
    const ref = "ref" in message ? message.ref : undefined;
    const answer = typeof ref === "string" ? this.#answers.get(ref) : undefined;
    if (answer === undefined) this.#listener?.received(message);
    else answer(message);
  }

  #lose(error: ClientError): void {
    this.#stopAborting();
    for (const end of this.#waiting) end(error);
    this.#listener?.lost(error);
    this.#listener = undefined;
  }
}

function openSocket(url: string, platform: Platform): WebSocket {
  try {
    return platform.createSocket(url);
  } catch (cause) {
    throw new ClientError(
      "bad-state",
      `Cannot connect to ${url}: give a wss:// address, or ws:// where the page is not from https`,
      { cause },
    );
  }
}
