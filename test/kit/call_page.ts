import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { clientTest } from "./client_e2e.ts";

/** Who opens the call page, and how. */
export interface CallGuestOptions {
  readonly name: string;
  /** Where the page is; the node by default. */
  readonly url?: string;
  readonly browser?: Browser;
  readonly context?: BrowserContextOptions;
  /** Runs in the page before its own scripts. */
  readonly before?: () => void;
}

/** A page of a call, in the words of whoever sits before it. */
export class CallPage {
  readonly page: Page;
  /** What the page's console said of errors. */
  readonly errors: string[] = [];
  /** Messages that the page sent to the server. */
  readonly sent: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(15_000);
    page.on("pageerror", (error) => this.errors.push(String(error)));
    page.on("console", (message) => message.type() === "error" && this.errors.push(message.text()));
    page.on("websocket", (socket) => socket.on("framesent", ({ payload }) => this.sent.push(String(payload))));
  }

  async join(name: string): Promise<void> {
    await this.page.fill("#name", name);
    await this.page.click('.join button[type="submit"]');
    await this.page.waitForSelector('.call[data-state="joined"]');
  }

  /** Clicks a button of the bar. */
  async act(action: string): Promise<void> {
    await this.page.click(`[data-action="${action}"]`);
  }

  /** The tile of somebody. */
  tile(name: string, shows: "person" | "screen" = "person"): string {
    return `.tile[data-name="${name}"][data-shows="${shows}"]`;
  }

  /** Waits until somebody's picture moves. */
  async sees(name: string, shows: "person" | "screen" = "person"): Promise<void> {
    await this.page.waitForFunction(
      (selector) => {
        const video = document.querySelector<HTMLVideoElement>(`${selector} video`);
        return video !== null && video.videoWidth > 0 && video.currentTime > 0 && !video.paused;
      },
      this.tile(name, shows),
    );
  }
}

/** The fixtures of `clientTest`, and `guest`, which opens the call page of the test's room; all are closed at the end. */
export const callTest = clientTest.extend("guest", ({ node, chromium, room }, { onCleanup }) => {
  const open: Page[] = [];
  onCleanup(async () => {
    await Promise.all(open.map((page) => page.context().close()));
  });
  return async (options: CallGuestOptions): Promise<CallPage> => {
    const { name, url = node.url, browser = chromium, context = {}, before } = options;
    const page = await (await browser.newContext(context)).newPage();
    open.push(page);
    if (before !== undefined) await page.addInitScript(before);
    const guest = new CallPage(page);
    await page.goto(`${url}/#${room}`);
    await page.waitForSelector("#name");
    if (name !== "") await guest.join(name);
    return guest;
  };
});
