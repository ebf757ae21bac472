import type { Browser as PlaywrightBrowser } from "playwright-core";
import type { Browser as PuppeteerBrowser } from "puppeteer-core";
import { e2e } from "./e2e.ts";
import { openMediaPath, type RoomMediaPath } from "./room_media_path.ts";
import { openRoomPage, type PageTrack, type RoomPage, type SignalingObject } from "./room_page.ts";

/** What somebody who comes into a room brings along. */
export interface GuestOptions {
  /** Default: the room of the test. */
  readonly room?: string;
  /** More fields of `join`. */
  readonly join?: object;
  /** Default: {@link cameraAndMicrophone}; null enters no room. */
  readonly tracks?: readonly PageTrack[] | null;
  /** Default: Chromium. */
  readonly browser?: PlaywrightBrowser | PuppeteerBrowser;
  /** What the media goes over; straight to the node by default. */
  readonly path?: RoomMediaPath;
  /** Changes the descriptions of the node before the page sees them. */
  readonly changeSdp?: (sdp: string) => string;
}

/** A small camera, so that six of them fit on a small machine, and a microphone. */
export const cameraAndMicrophone: readonly PageTrack[] = [
  { source: "camera", width: 320, height: 180, frameRate: 15 },
  { source: "microphone" },
];

let rooms = 0;

/**
 * The fixtures of `e2e`, and: `room`, a name that no other test uses; `enter`, which opens somebody's page, joins and publishes;
 * `mediaPath`, a path on which datagrams can be lost. All pages are closed at the end of the test.
 */
export const roomTest = e2e
  .extend("room", () => {
    rooms += 1;
    return `room-${rooms}`;
  })
  .extend("mediaPath", ({}, { onCleanup }) => {
    const path = openMediaPath();
    onCleanup(() => path.close());
    return path;
  })
  .extend("enter", ({ node, pages, chromium, room }, { onCleanup }) => {
    const open: RoomPage[] = [];
    onCleanup(async () => {
      await Promise.all(open.map((each) => each.close().catch(() => undefined)));
    });
    return async (options: GuestOptions = {}): Promise<RoomPage> => {
      const { tracks = cameraAndMicrophone, browser = chromium, path, changeSdp } = options;
      const guest = await openRoomPage(await browser.newPage(), {
        pagesUrl: pages.url,
        wsUrl: node.wsUrl,
        ...(path === undefined ? {} : { changeSent: path.changeSent, changeReceived: path.changeReceived }),
        ...(changeSdp === undefined ? {} : { changeReceived: sdpChanger(changeSdp) }),
      });
      open.push(guest);
      if (tracks === null) return guest;
      await guest.call("prepare", tracks);
      await guest.join(options.room ?? room, options.join);
      if (tracks.length > 0) await guest.publish(...tracks);
      return guest;
    };
  });

function sdpChanger(change: (sdp: string) => string) {
  return async (message: SignalingObject): Promise<SignalingObject> =>
    typeof message["sdp"] === "string" ? { ...message, sdp: change(message["sdp"]) } : message;
}
