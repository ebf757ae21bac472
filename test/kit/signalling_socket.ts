import { Mailbox, type NextOptions } from "./mailbox.ts";
import { withDeadline } from "./with_deadline.ts";

/** A parsed message of the signalling protocol, believed no further than its `type`. */
export interface SignallingMessage {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** How a WebSocket ended. */
export interface SocketClose {
  readonly code: number;
  readonly reason: string;
}

/**
 * A WebSocket client that sends whatever a test wants and waits for whatever it expects, never without a bound.
 *
 * Made by {@link openSignallingSocket}; whoever opened it closes it.
 */
export class SignallingSocket {
  /** Every text frame from the server, parsed. */
  readonly messages: Mailbox<SignallingMessage>;
  readonly #socket: WebSocket;
  readonly #closed: Promise<SocketClose>;
  #close: SocketClose | undefined;

  /** Takes a WebSocket that is connecting or open. */
  constructor(socket: WebSocket) {
    this.#socket = socket;
    this.messages = new Mailbox("a signalling message", shorten);
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", (event) => this.messages.push(parse(event.data)));
    this.#closed = new Promise((resolve) => {
      socket.addEventListener("close", (event) => {
        this.#close = { code: event.code, reason: event.reason };
        this.messages.close(`the socket closed with ${event.code} ${event.reason}`);
        resolve(this.#close);
      });
    });
  }

  /** Whether messages can still go both ways. */
  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** Sends an object as JSON; a string or bytes as they are. */
  send(message: object | string | Uint8Array<ArrayBuffer>): void {
    const isRaw = typeof message === "string" || message instanceof Uint8Array;
    this.#socket.send(isRaw ? message : JSON.stringify(message));
  }

  /** The next message that matches: a `type`, or a predicate. The others stay for later. */
  next(
    matches: string | ((message: SignallingMessage) => boolean),
    options: NextOptions = {},
  ): Promise<SignallingMessage> {
    if (typeof matches !== "string") return this.messages.next(matches, options);
    const what = `a message of type "${matches}"`;
    return this.messages.next((message) => message.type === matches, { what, ...options });
  }

  /** Sends a message with a `ref` of its own and returns the reply or `error` that repeats it. */
  async ask(message: object, options: NextOptions = {}): Promise<SignallingMessage> {
    const ref = crypto.randomUUID();
    this.send({ ...message, ref });
    const what = `a reply to ${JSON.stringify(message).slice(0, 80)}`;
    return this.messages.next((reply) => reply.ref === ref, { what, ...options });
  }

  /** Waits for the end of the socket, whoever ends it, and returns its close code. */
  closed(timeoutMs = 10_000): Promise<SocketClose> {
    return withDeadline(this.#closed, {
      what: "the socket to close",
      timeoutMs,
      describe: () => this.messages.transcript(),
    });
  }

  /** Closes the socket and waits until it is; does nothing on one that is closed. */
  async close(code = 1000): Promise<void> {
    if (this.#close !== undefined) return;
    this.#socket.close(code);
    await this.closed(5_000);
  }
}

/**
 * Opens a WebSocket to a node and waits until it is open.
 *
 * @throws Error when it is refused or not open within `timeoutMs`.
 */
export async function openSignallingSocket(wsUrl: string, timeoutMs = 10_000): Promise<SignallingSocket> {
  const socket = new WebSocket(wsUrl);
  const signalling = new SignallingSocket(socket);
  const opened = new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => resolve(), { once: true });
    socket.addEventListener("error", () => reject(new Error(`Cannot open ${wsUrl}: refused`)), { once: true });
  });
  await withDeadline(opened, { what: `${wsUrl} to open`, timeoutMs });
  return signalling;
}

function parse(data: unknown): SignallingMessage {
  if (typeof data !== "string") return { type: "(binary)", data };
  try {
    return JSON.parse(data) as SignallingMessage;
  } catch {
    return { type: "(not JSON)", data };
  }
}

function shorten(message: SignallingMessage): string {
  const text = JSON.stringify(message);
  return text.length > 200 ? `${text.slice(0, 200)}... (${text.length} characters)` : text;
}
