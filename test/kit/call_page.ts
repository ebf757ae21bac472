import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { vi } from "vitest";
import { clientTest } from "./client_e2e.ts";

vi.setConfig({ testTimeout: 120_000 });

/** Who opens the call page, and how. */
export interface CallGuestOptions {
  readonly name: string;
  /** Where the page is; the node by default. */
  readonly url?: string;
  readonly browser?: Browser;
  readonly context?: BrowserContextOptions;
  /** Runs in the page before its own scripts. */
  readonly before?: string | (() => void);
  /** Runs before the page is loaded. */
  readonly prepare?: (page: Page) => Promise<void>;
  /** The fragment of the link; the room of the test by default. */
  readonly hash?: string;
  /** Another tab of the same browser window, in which this one is opened. */
  readonly beside?: CallPage;
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
    // Three pages with fake cameras and their encoders fill a small machine.
    page.setDefaultTimeout(30_000);
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

/** What getDisplayMedia() gives after a choice: a browser without a window has no dialog to choose in. */
export function giveScreen(): void {
  navigator.mediaDevices.getDisplayMedia = async () => {
    const canvas = document.createElement("canvas");
    canvas.width = 640;
    canvas.height = 360;
    const context = canvas.getContext("2d");
    setInterval(() => context?.fillRect(Math.random() * 600, Math.random() * 300, 40, 40), 100);
    return canvas.captureStream(10);
  };
}

/** The fixtures of `clientTest`, and `guest`, which opens the call page of the test's room; all are closed at the end. */
export const callTest = clientTest.extend("guest", ({ node, chromium, room }, { onCleanup }) => {
  const open: Page[] = [];
  onCleanup(async () => {
    await Promise.all(open.map((page) => page.context().close()));
  });
  return async (options: CallGuestOptions): Promise<CallPage> => {
    const { name, url = node.url, browser = chromium, context = {}, before, beside, hash = `#${room}` } = options;
    const page = await (beside?.page.context() ?? (await browser.newContext(context))).newPage();
    open.push(page);
    if (before !== undefined) await page.addInitScript(before);
    await options.prepare?.(page);
    const guest = new CallPage(page);
    await page.goto(`${url}/${hash}`);
    await page.waitForSelector("#name");
    if (name !== "") await guest.join(name);
    return guest;
  };
});
