import type { ScriptedPage } from "./page_client.ts";

/** A page that a test can also stand behind: Playwright's and Puppeteer's have both. */
export interface RoomBrowserPage extends ScriptedPage {
  exposeFunction(name: string, callback: (message: never) => unknown): Promise<unknown>;
}

/** What a page sends into a room. */
export interface PageTrack {
  /** `camera`, `microphone`, or something that begins with `screen` and is drawn. Default size 640 x 360 at 15 pictures a second. */
  readonly source: string;
  readonly name?: string;
  readonly width?: number;
  readonly height?: number;
  readonly frameRate?: number;
  /** Three layers, q, h and f. */
  readonly simulcast?: boolean;
  /** Added by `addTrack`, which takes a section that the page receives in. */
  readonly isSharing?: boolean;
  /** Such as `video/VP9`; the browser's first by default. */
  readonly codec?: string;
  /** A scalability mode, such as `L1T3`. */
  readonly mode?: string;
  /** Bits in a second. */
  readonly maxBitrate?: number;
}

/** A track that comes from somebody, from the page's `getStats()`. */
export interface ReceivedPageTrack {
  readonly mid: string;
  readonly peer: string;
  readonly track: string;
  readonly kind: "audio" | "video";
  readonly ssrc: number;
  readonly framesDecoded: number;
  readonly framesReceived: number;
  readonly keyFramesDecoded: number;
  readonly frameWidth: number;
  readonly frameHeight: number;
  readonly freezeCount: number;
  readonly packetsReceived: number;
  /** Also those that came when they were asked for again. */
  readonly packetsLost: number;
  readonly retransmittedPacketsReceived: number;
  readonly nackCount: number;
  readonly pliCount: number;
  readonly bytesReceived: number;
  readonly audioLevel: number;
  readonly totalAudioEnergy: number;
  readonly totalSamplesReceived: number;
  readonly concealedSamples: number;
  /** When the sender captured what is played now, in milliseconds of its clock; 0 while no sender report said. */
  readonly estimatedPlayoutTimestamp: number;
}

/** What a page sends, a line for each layer. */
export interface SentPageTrack {
  readonly kind: "audio" | "video";
  readonly rid: string;
  readonly frameWidth: number;
  readonly framesSent: number;
  readonly keyFramesEncoded: number;
  readonly bytesSent: number;
  readonly targetBitrate: number;
  readonly limitation: string;
  readonly pliCount: number;
  readonly nackCount: number;
  readonly availableOutgoingBitrate: number;
}

/** A member of the room as the page knows it. */
export interface PageMember {
  readonly id: string;
  readonly name: string;
  readonly metadata: unknown;
  readonly state: string;
  readonly tracks: readonly {
    readonly id: string;
    readonly kind: string;
    readonly source: string;
    readonly name: string;
    readonly muted: boolean;
    readonly layers?: readonly string[];
  }[];
}

/** The page's peer connection. */
export interface PageConnection {
  readonly connection: string;
  readonly signaling: string;
  /** Media sections of the last description of the server. */
  readonly sections: number;
  readonly sdpLength: number;
  readonly transceivers: number;
}

/** How a {@link RoomPage} is opened. */
export interface RoomPageOptions {
  readonly pagesUrl: string;
  readonly wsUrl: string;
  /** Changes what the page is about to send; null keeps it back. */
  readonly changeSent?: (message: SignalingObject) => Promise<SignalingObject | null>;
  /** Changes what the node sent before the page sees it; null keeps it back. */
  readonly changeReceived?: (message: SignalingObject) => Promise<SignalingObject | null>;
}

/** A message of the signaling protocol, of any type. */
export type SignalingObject = { readonly type: string } & Readonly<Record<string, unknown>>;

/**
 * Somebody in a room in any browser: a call of {@link RoomPage.call} runs the method of that name in
 * `test/e2e/pages/rooms/room_page.js`. A failure carries the page's own log of messages and states.
 *
 * Made by {@link openRoomPage}; `close()` closes the page.
 */
export class RoomPage {
  readonly page: ScriptedPage;
  /** The id in the room; empty before `join`. */
  id = "";

  constructor(page: ScriptedPage) {
    this.page = page;
  }

  /** Runs a method of the page's `room`. */
  async call<R = unknown>(method: string, ...args: unknown[]): Promise<R> {
    // JSON has no undefined, and an argument that is left out is no null.
    const given = args.at(-1) === undefined ? args.slice(0, -1) : args;
    const outcome = (await this.page.evaluate(`callRoom(${JSON.stringify(method)}, ${JSON.stringify(given)})`)) as
      | { readonly value: R }
      | { readonly failure: string; readonly log: readonly string[] };
    if ("failure" in outcome) throw new Error(`${this.id} ${method}: ${outcome.failure}\n${outcome.log.join("\n")}`);
    return outcome.value;
  }

  /** Enters a room; its id is known then. */
  async join(room: string, fields: object = {}): Promise<void> {
    this.id = await this.call<string>("join", { room, ...fields });
  }

  /** Sends tracks, all in one negotiation. */
  publish(...tracks: readonly PageTrack[]): Promise<void> {
    return this.call("publish", tracks);
  }

  members(): Promise<readonly PageMember[]> {
    return this.call("members");
  }

  /** All that the server carries to this page now. */
  received(): Promise<readonly ReceivedPageTrack[]> {
    return this.call("received");
  }

  /** One track of somebody; null while it is not carried. */
  receivedOf(peer: RoomPage | string, source: string): Promise<ReceivedPageTrack | null> {
    return this.call("receivedOf", idOf(peer), source);
  }

  sent(): Promise<readonly SentPageTrack[]> {
    return this.call("sent");
  }

  state(): Promise<PageConnection> {
    return this.call("state");
  }

  /** Waits for so many more pictures of somebody and says how wide the last one is. */
  morePictures(peer: RoomPage | string, source: string, count: number, timeoutMs?: number): Promise<number> {
    return this.call("morePictures", idOf(peer), source, count, timeoutMs);
  }

  /** Waits until somebody's pictures are so wide. */
  pictureWidth(peer: RoomPage | string, source: string, width: number, timeoutMs?: number): Promise<void> {
    return this.call("pictureWidth", idOf(peer), source, width, timeoutMs);
  }

  /** Waits until somebody's sound is heard. */
  hears(peer: RoomPage | string, source = "microphone", timeoutMs?: number): Promise<void> {
    return this.call("hears", idOf(peer), source, timeoutMs);
  }

  /** Waits until somebody publishes a track, and says under which id. */
  async published(peer: RoomPage | string, source: string): Promise<string> {
    return (await this.call<{ readonly id: string }>("published", idOf(peer), source)).id;
  }

  /** Waits until a track is no longer published. */
  unpublished(peer: RoomPage | string, source: string): Promise<void> {
    return this.call("unpublished", idOf(peer), source);
  }

  /** Waits until there are so many others. */
  others(count: number, timeoutMs?: number): Promise<void> {
    return this.call("memberCount", count, timeoutMs);
  }

  /** Sends a message of the protocol. */
  send(message: object): Promise<void> {
    return this.call("send", message);
  }

  /** Sends what is going to be refused, and says with which code. */
  refused(message: object): Promise<string> {
    return this.call("refused", message);
  }

  /** Closes the page. */
  async close(): Promise<void> {
    await this.page.close();
  }
}

/** Loads the page of somebody and opens its socket; it is in no room yet. */
export async function openRoomPage(page: RoomBrowserPage, options: RoomPageOptions): Promise<RoomPage> {
  const { pagesUrl, wsUrl, changeSent, changeReceived } = options;
  const room = new RoomPage(page);
  if (changeSent !== undefined) await page.exposeFunction("changeSent", changeSent as (message: never) => unknown);
  if (changeReceived !== undefined) {
    await page.exposeFunction("changeReceived", changeReceived as (message: never) => unknown);
  }
  await page.goto(`${pagesUrl}/rooms/room_page.html`);
  await room.call("connect", wsUrl);
  return room;
}

function idOf(peer: RoomPage | string): string {
  return typeof peer === "string" ? peer : peer.id;
}
