import type { Browser as PlaywrightBrowser } from "playwright-core";
import type { Browser as PuppeteerBrowser } from "puppeteer-core";
import { clusterFlags } from "./cluster_flags.ts";
import { e2e } from "./e2e.ts";
import { startNatsServer } from "./nats_server.ts";
import { openMediaPath, type RoomMediaPath } from "./room_media_path.ts";
import { openRoomPage, type PageTrack, type RoomPage, type SignalingObject } from "./room_page.ts";
import { startNode } from "./start_node.ts";

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

/** Beside the fixtures of `e2e`, `wsUrls` of the nodes that rooms are on. */
const onOneNode = e2e.extend("wsUrls", { scope: "file" }, ({ node }): readonly string[] => [node.wsUrl]);

/** A cluster for the file. */
function onNodes(count: number): typeof onOneNode {
  const clustered = e2e
    .extend("nats", { scope: "file" }, async ({}, { onCleanup }) => {
      const nats = await startNatsServer();
      onCleanup(() => nats.kill());
      return nats;
    })
    .extend("wsUrls", { scope: "file" }, async ({ nats }, { onCleanup }): Promise<readonly string[]> => {
      const flags = clusterFlags(nats.url, "rooms");
      const nodes = await Promise.all(Array.from({ length: count }, () => startNode({ flags, timeoutMs: 60_000 })));
      onCleanup(async () => {
        await Promise.all(nodes.map((node) => node.stop("SIGKILL")));
      });
      return nodes.map(({ wsUrl }) => wsUrl);
    });
  // It has one fixture more, which concerns nobody.
  return clustered as unknown as typeof onOneNode;
}

/**
 * The fixtures of `base`, and: `room`, a name that no other test uses; `enter`, which opens somebody's page at the next of `wsUrls`, joins
 * and publishes; `mediaPath`, a path on which datagrams can be lost. All pages are closed at the end of the test.
 */
function withRooms(base: typeof onOneNode) {
  return base
    .extend("room", () => {
      rooms += 1;
      return `room-${rooms}`;
    })
    .extend("mediaPath", ({}, { onCleanup }) => {
      const path = openMediaPath();
      onCleanup(() => path.close());
      return path;
    })
    .extend("enter", ({ wsUrls, pages, chromium, room }, { onCleanup }) => {
      const open: RoomPage[] = [];
      let entered = 0;
      onCleanup(async () => {
        await Promise.all(open.map((each) => each.close().catch(() => undefined)));
      });
      return async (options: GuestOptions = {}): Promise<RoomPage> => {
        const { tracks = cameraAndMicrophone, browser = chromium, path, changeSdp } = options;
        const guest = await openRoomPage(await browser.newPage(), {
          pagesUrl: pages.url,
          wsUrl: wsUrls[entered++ % wsUrls.length] ?? "",
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
}

/** Rooms on one node. */
export const roomTest = withRooms(onOneNode);

const [onOne, onTwo, onThree] = [
  { shape: "on one node", test: roomTest },
  { shape: "on two nodes", test: withRooms(onNodes(2)) },
  { shape: "on three nodes", test: withRooms(onNodes(3)) },
];

/**
 * Where a room may be: whatever is said of rooms is so in each. Each shape costs the tests their time again, so those with media, which cost
 * the most, run on two nodes at most, where of three guests two are on one; `room_shapes_test.ts` has all shapes without any browser.
 */
export const dataShapes = [onOne, onThree];
export const mediaShapes = [onOne, onTwo];

function sdpChanger(change: (sdp: string) => string) {
  return async (message: SignalingObject): Promise<SignalingObject> =>
    typeof message["sdp"] === "string" ? { ...message, sdp: change(message["sdp"]) } : message;
}
