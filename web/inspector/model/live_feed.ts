import { serverWords } from "./server_answer.ts";

/** How the page and the server stand. */
export type FeedStatus =
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  /** It comes back by itself at `retryAt` (Unix milliseconds). */
  | { readonly kind: "waiting"; readonly reason: string; readonly retryAt: number }
  /** A token is needed, or another one. */
  | { readonly kind: "unauthorized"; readonly reason: string }
  /** Nothing that is tried again would help. */
  | { readonly kind: "refused"; readonly reason: string };

export interface LiveFeedOptions {
  /** `/inspect` with the query, as `http:` or `https:`. */
  readonly url: () => string;
  readonly headers: () => Record<string, string>;
  readonly subprotocols: () => string[];
  readonly onStatus: (status: FeedStatus) => void;
  /** A connection is there: history comes next. */
  readonly onOpen: () => void;
  readonly onMessage: (text: string) => void;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly openSocket: (url: string, subprotocols: string[]) => WebSocket;
  /** Calls back after so many milliseconds. @returns what calls it off */
  readonly after: (ms: number, callback: () => void) => () => void;
  readonly now: () => number;
  readonly random: () => number;
}

/** The first pause before the page comes back, and the longest. Ours. */
const firstPauseMs = 500;
const longestPauseMs = 15_000;

/**
 * The WebSocket to `/inspect`, which comes back when it is gone. A handshake that is refused tells a page nothing: then it asks over
 * HTTP, which says why.
 */
export class LiveFeed {
  readonly #options: LiveFeedOptions;
  #socket: WebSocket | undefined;
  #attempt = 0;
  /** What is awaited belongs to a start; another start makes it void. */
  #start = 0;
  #stopWaiting: (() => void) | undefined;

  constructor(options: LiveFeedOptions) {
    this.#options = options;
  }

  /** Connects, or anew: with another query or token. */
  open(): void {
    this.close();
    this.#attempt = 0;
    this.#connect();
  }

  close(): void {
    this.#start += 1;
    this.#stopWaiting?.();
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }

  /** Now, instead of when it is time. */
  retry(): void {
    this.#stopWaiting?.();
    this.#start += 1;
    this.#connect();
  }

  async #askWhy(): Promise<void> {
    const start = this.#start;
    const { fetch, url, headers, onStatus } = this.#options;
    let answer: Response;
    try {
      answer = await fetch(url(), { headers: headers(), cache: "no-store" });
    } catch {
      if (start === this.#start) this.#wait("The server cannot be reached");
      return;
    }
    const reason = await serverWords(answer);
    if (start !== this.#start) return;
    // It would be let in: something on the way takes no WebSockets, or the server is in between.
    if (answer.status === 426) this.#wait("The server answers, but no WebSocket gets through");
    else if (answer.status === 401) onStatus({ kind: "unauthorized", reason });
    else if (answer.status >= 500 || answer.status === 429) this.#wait(reason);
    else onStatus({ kind: "refused", reason });
  }

  #connect(): void {
    const { url, subprotocols, openSocket, onStatus, onOpen, onMessage } = this.#options;
    onStatus({ kind: "connecting" });
    let wasOpen = false;
    const socket = openSocket(url().replace(/^http/, "ws"), subprotocols());
    this.#socket = socket;
    const isCurrent = () => this.#socket === socket;
    socket.onopen = () => {
      if (!isCurrent()) return;
      this.#attempt = 0;
      wasOpen = true;
      onOpen();
      onStatus({ kind: "live" });
    };
    socket.onmessage = ({ data }) => {
      if (isCurrent()) onMessage(String(data));
    };
    socket.onclose = ({ code, reason }) => {
      if (!isCurrent()) return;
      this.#socket = undefined;
      if (!wasOpen) void this.#askWhy();
      else
        this.#wait(code === 1006 ? "The connection was lost" : `The server closed the connection (${reason || code})`);
    };
  }

  #wait(reason: string): void {
    const { after, now, random, onStatus } = this.#options;
    const ceiling = Math.min(longestPauseMs, firstPauseMs * 2 ** this.#attempt);
    const pauseMs = ceiling / 2 + (ceiling / 2) * random();
    this.#attempt += 1;
    onStatus({ kind: "waiting", reason, retryAt: now() + pauseMs });
    this.#stopWaiting = after(pauseMs, () => this.#connect());
  }
}
