import { withDeadline } from "../../test/kit/with_deadline.ts";

/** How long a server may take to answer. */
const timeoutMs = 10_000;

/** Any message: its sender knows what is in it. */
// biome-ignore lint/suspicious/noExplicitAny: three servers' messages, each read in one place
export type Said = any;

/** A WebSocket of JSON messages that are waited for. Whoever opened it closes it. */
export class ForwardingSocket {
  readonly #socket: WebSocket;
  readonly #said: Said[] = [];
  readonly #waiting = new Set<() => void>();
  /** Gets each message before anyone who waits for it. */
  onmessage: ((message: Said) => void) | null = null;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const message = JSON.parse(String(data)) as Said;
      this.onmessage?.(message);
      this.#said.push(message);
      for (const wake of [...this.#waiting]) wake();
    });
  }

  static async open(url: string, protocol?: string): Promise<ForwardingSocket> {
    const socket = new WebSocket(url, protocol === undefined ? [] : [protocol]);
    const opened = new Promise<void>((resolve, reject) => {
      socket.addEventListener("open", () => resolve());
      socket.addEventListener("error", () => reject(new Error(`Cannot connect to ${url}`)));
    });
    await withDeadline(opened, { what: url, timeoutMs });
    return new ForwardingSocket(socket);
  }

  say(message: object): void {
    this.#socket.send(JSON.stringify(message));
  }

  /** The first message that fits and that nobody took before. */
  hear(what: string, fits: (message: Said) => boolean): Promise<Said> {
    const { promise, resolve } = Promise.withResolvers<Said>();
    const look = () => {
      const index = this.#said.findIndex(fits);
      if (index === -1) return;
      this.#waiting.delete(look);
      resolve(this.#said.splice(index, 1)[0]);
    };
    this.#waiting.add(look);
    look();
    const describe = () => `it said ${JSON.stringify(this.#said).slice(0, 2_000)}`;
    return withDeadline(promise, { what, timeoutMs, describe }).finally(() => this.#waiting.delete(look));
  }

  close(): void {
    this.#socket.close();
  }
}
