export interface MeasureWatchOptions {
  readonly subprotocols: () => string[];
  readonly openSocket: (url: string, subprotocols: string[]) => Pick<WebSocket, "close">;
}

/**
 * Has the server measure the transport of what is looked at: it does so again and again only for who watches somebody by name. What it
 * measures is recorded, and comes with all else; so nothing is read here.
 */
export class MeasureWatch {
  readonly #options: MeasureWatchOptions;
  #url: string | null = null;
  #socket: Pick<WebSocket, "close"> | undefined;

  constructor(options: MeasureWatchOptions) {
    this.#options = options;
  }

  /** `/inspect` with a query that names somebody, as `http:` or `https:`; null for nobody. */
  watch(url: string | null): void {
    if (url === this.#url) return;
    this.#url = url;
    this.#socket?.close();
    const { openSocket, subprotocols } = this.#options;
    this.#socket = url === null ? undefined : openSocket(url.replace(/^http/, "ws"), subprotocols());
  }
}
