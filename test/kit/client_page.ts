import type { ScriptedPage } from "./page_client.ts";
import type { RoomMediaPath } from "./room_media_path.ts";
import type { RoomBrowserPage } from "./room_page.ts";

/** Somebody else as a page knows them. */
export interface ClientPagePeer {
  readonly id: string;
  readonly name: string;
  readonly metadata: unknown;
  readonly state: string;
  readonly quality: string;
  readonly tracks: readonly {
    readonly id: string;
    readonly kind: string;
    readonly source: string;
    readonly name: string;
    readonly isMuted: boolean;
    readonly layers: readonly string[];
    readonly isReceived: boolean;
  }[];
}

/**
 * Somebody in a room on the SDK, in any browser: a call of {@link ClientPage.call} runs the method of that name in
 * `test/e2e/pages/client/client_page.js`. A failure carries what the room told so far.
 *
 * Made by {@link openClientPage}; `close()` closes the page.
 */
export class ClientPage<P extends ScriptedPage = ScriptedPage> {
  readonly page: P;
  /** The id in the room; empty before `join`. */
  id = "";

  constructor(page: P) {
    this.page = page;
  }

  /** Runs a method of the page's `guest`. */
  async call<R = unknown>(method: string, ...args: readonly unknown[]): Promise<R> {
    const expression = `callClient(${JSON.stringify(method)}, ${JSON.stringify(args)})`;
    const outcome = (await this.page.evaluate(expression)) as
      | { readonly value: R }
      | { readonly failure: string; readonly log: readonly string[] };
    if ("failure" in outcome) throw new Error(`${this.id} ${method}: ${outcome.failure}\n${outcome.log.join("\n")}`);
    return outcome.value;
  }

  /** Makes the room without joining it. */
  make(room: string, options: object): Promise<void> {
    return this.call("make", room, options);
  }

  async join(): Promise<void> {
    this.id = await this.call<string>("join");
  }

  peers(): Promise<readonly ClientPagePeer[]> {
    return this.call("peers");
  }

  /** Waits for so many more pictures of somebody, and says how wide the last one is. */
  sees(peer: ClientPage, source = "camera", count = 5): Promise<number> {
    return this.call("sees", peer.id, source, count);
  }

  /** Waits until somebody is heard. */
  hears(peer: ClientPage, source = "microphone"): Promise<void> {
    return this.call("hears", peer.id, source);
  }

  async close(): Promise<void> {
    await this.page.close();
  }
}

/** Loads the SDK of a node into a fresh page; it is in no room yet. */
export async function openClientPage<P extends ScriptedPage>(
  page: P,
  options: { readonly pagesUrl: string; readonly clientUrl: string; readonly path?: RoomMediaPath },
): Promise<ClientPage<P>> {
  if (options.path !== undefined) {
    const { changeSent, changeReceived } = options.path;
    await (page as unknown as RoomBrowserPage).exposeFunction("changeSent", changeSent as (message: never) => unknown);
    await (page as unknown as RoomBrowserPage).exposeFunction(
      "changeReceived",
      changeReceived as (message: never) => unknown,
    );
  }
  await page.goto(`${options.pagesUrl}/client/client_page.html`);
  const guest = new ClientPage(page);
  await guest.call("load", options.clientUrl);
  return guest;
}
