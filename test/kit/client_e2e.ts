import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import type { Browser as PuppeteerBrowser } from "puppeteer-core";
import { type ClientPage, openClientPage } from "./client_page.ts";
import { e2e } from "./e2e.ts";
import type { ScriptedPage } from "./page_client.ts";

/** How somebody comes in. */
export interface ClientGuestOptions {
  /** Options of the SDK's `Room`; `url` is the node's by default. */
  readonly room?: object;
  /** What is published right after joining: camera and microphone by default. */
  readonly sends?: readonly ("camera" | "microphone")[];
  /** Default: Chromium. */
  readonly browser?: Browser | PuppeteerBrowser;
  /** For a context of its own in Chromium: permissions, offline. */
  readonly context?: BrowserContextOptions;
}

let rooms = 0;

/**
 * The fixtures of `e2e`, and: `room`, a name that no other test uses; `visit`, which loads the SDK in a page of Chromium; `enter`,
 * which joins and publishes, too. All pages are closed at the end of the test.
 */
export const clientTest = e2e
  .extend("room", () => {
    rooms += 1;
    return `client-${rooms}`;
  })
  .extend("visit", ({ node, pages, chromium, room }, { onCleanup }) => {
    const open: { close(): Promise<void> }[] = [];
    onCleanup(async () => {
      await Promise.all(open.map((each) => each.close().catch(() => undefined)));
    });
    return async (options: ClientGuestOptions = {}): Promise<ClientPage<ScriptedPage>> => {
      const { browser = chromium, context } = options;
      const page = context === undefined ? await browser.newPage() : await (browser as Browser).newPage(context);
      const guest = await openClientPage<ScriptedPage>(page, {
        pagesUrl: pages.url,
        clientUrl: `${node.url}/client.js`,
      });
      open.push(guest);
      await guest.make(room, { url: node.wsUrl, ...options.room });
      return guest;
    };
  })
  .extend("enter", ({ visit }) => async (options: ClientGuestOptions = {}): Promise<ClientPage<ScriptedPage>> => {
    const { sends = ["camera", "microphone"] } = options;
    const guest = await visit(options);
    await guest.join();
    if (sends.includes("camera")) await guest.call("publishCamera");
    if (sends.includes("microphone")) await guest.call("publishMicrophone");
    return guest;
  });

/** Playwright's page of a guest in Chromium. */
export function chromiumPage(guest: ClientPage): Page {
  return guest.page as unknown as Page;
}
