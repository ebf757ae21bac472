import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import type { Browser as PuppeteerBrowser } from "puppeteer-core";
import { launchChromium } from "./chromium.ts";
import { type ClientPage, openClientPage } from "./client_page.ts";
import { e2e } from "./e2e.ts";
import type { ScriptedPage } from "./page_client.ts";
import type { RoomMediaPath } from "./room_media_path.ts";

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
  /** What the media goes over; straight to the node by default. */
  readonly path?: RoomMediaPath;
  /** Playwright's scripts count as clicks, unless this is set. */
  readonly isUntouched?: boolean;
}

let rooms = 0;

/**
 * The fixtures of `e2e`, and: `room`, a name that no other test uses; `visit`, which loads the SDK in a page of Chromium; `enter`,
 * which joins and publishes, too; `strictChromium`, where nobody allows a camera and nothing plays before a click. All pages are closed at the end of the test.
 */
export const clientTest = e2e
  .extend("room", () => {
    rooms += 1;
    return `client-${rooms}`;
  })
  .extend("strictChromium", { scope: "file" }, async ({}, { onCleanup }) => {
    const browser = await launchChromium({ camera: "refused" });
    onCleanup(() => browser.close());
    return browser;
  })
  .extend("visit", ({ node, pages, chromium, room }, { onCleanup }) => {
    const open: { close(): Promise<void> }[] = [];
    onCleanup(async () => {
      await Promise.all(open.map((each) => each.close().catch(() => undefined)));
    });
    return async (options: ClientGuestOptions = {}): Promise<ClientPage<ScriptedPage>> => {
      const { browser = chromium, context } = options;
      const page = context === undefined ? await browser.newPage() : await (browser as Browser).newPage(context);
      const scripted = options.isUntouched === true ? await withoutGestures(page as Page) : page;
      const guest = await openClientPage<ScriptedPage>(scripted, {
        pagesUrl: pages.url,
        clientUrl: `${node.url}/client.js`,
        ...(options.path === undefined ? {} : { path: options.path }),
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

/** A page whose scripts are no user gestures (`userGesture` of the protocol's Runtime.evaluate). */
async function withoutGestures(page: Page): Promise<ScriptedPage & { click(): Promise<void> }> {
  const session = await page.context().newCDPSession(page);
  return {
    goto: (url) => page.goto(url),
    close: () => page.close(),
    async evaluate(expression) {
      const { result } = await session.send("Runtime.evaluate", {
        expression,
        awaitPromise: true,
        returnByValue: true,
        userGesture: false,
      });
      return result.value;
    },
    click: () => page.mouse.click(1, 1),
  };
}
