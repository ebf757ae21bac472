/** What Playwright's and Puppeteer's pages have in common, as far as the tests need it. */
export interface ScriptedPage {
  goto(url: string): Promise<unknown>;
  evaluate(expression: string): Promise<unknown>;
  close(): Promise<void>;
}

/** What a page says of its connection. */
export interface PageState {
  readonly socket: "open" | "closed";
  readonly signaling: string;
  readonly connection: string;
  readonly ice: string;
  readonly localUfrag?: string;
  readonly remoteUfrag?: string;
  readonly directions: readonly (string | null)[];
}

/** What a page receives of one kind, from its `getStats()`. */
export interface PageInbound {
  readonly streams: number;
  readonly packetsReceived: number;
  readonly framesDecoded: number;
  readonly frameWidth: number;
  readonly frameHeight: number;
  readonly audioLevel: number;
  readonly totalAudioEnergy: number;
  readonly totalSamplesReceived: number;
}

/** How a page gets the track that it sends. */
export interface PageTrackOptions {
  /** `canvas` needs no permission. Default `camera`. */
  readonly source?: "camera" | "canvas";
  readonly direction?: "sendrecv" | "sendonly" | "inactive";
  readonly width?: number;
  readonly height?: number;
}

/**
 * Drives `test/e2e/pages/test_client.html` in any browser: a call of {@link PageClient.call} runs the method of that name in
 * the page. A failure carries the page's own log of messages and states.
 *
 * Made by {@link openPageClient}; `close()` closes the page.
 */
export class PageClient {
  readonly page: ScriptedPage;

  constructor(page: ScriptedPage) {
    this.page = page;
  }

  /** Runs a method of the page's `window.client`. */
  async call<R = unknown>(method: string, ...args: unknown[]): Promise<R> {
    const outcome = (await this.page.evaluate(`callClient(${JSON.stringify(method)}, ${JSON.stringify(args)})`)) as
      | { readonly value: R }
      | { readonly failure: string; readonly log: readonly string[] };
    if ("failure" in outcome) throw new Error(`page.${method}: ${outcome.failure}\n${outcome.log.join("\n")}`);
    return outcome.value;
  }

  /** The states of socket, signaling and connection right now. */
  state(): Promise<PageState> {
    return this.call("state");
  }

  /** What comes back of a kind right now. */
  inbound(kind: "audio" | "video"): Promise<PageInbound> {
    return this.call("inbound", kind);
  }

  /** Adds a track, which makes the page negotiate. */
  startTrack(kind: "audio" | "video", options: PageTrackOptions = {}): Promise<void> {
    return this.call("startTrack", kind, options);
  }

  /** Ends the connection and closes the page. */
  async close(): Promise<void> {
    await this.page.close();
  }
}

/** Loads the test client into a fresh page and opens its socket to a node. */
export async function openPageClient(
  page: ScriptedPage,
  options: { readonly pagesUrl: string; readonly wsUrl: string },
): Promise<PageClient> {
  const client = new PageClient(page);
  await page.goto(`${options.pagesUrl}/test_client.html`);
  await client.call("connect", options.wsUrl);
  return client;
}
