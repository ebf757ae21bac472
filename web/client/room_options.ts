import type { RoomMessageOf } from "../../protocol/room_message.ts";
import { browserPlatform } from "./browser_platform.ts";
import { ClientError } from "./client_error.ts";
import type { Platform } from "./platform.ts";

/** How a room is joined. All of it may be left out. */
export interface RoomOptions {
  /** The server: `wss://host/ws`; by default the one that `/client.js` or the page came from. */
  readonly url?: string;
  /** What this peer is called, for people to read. */
  readonly name?: string;
  /** Any JSON value that the others see. */
  readonly metadata?: unknown;
  /** The token that lets it in, where the server wants one; a function is asked at each join, so that it may get a new one. */
  readonly token?: string | (() => string | Promise<string>);
  /** `none`: nothing is received that was not asked for by `track.subscribe()`. `all` by default. */
  readonly subscribe?: "all" | "none";
  /** For the peer connection; `iceServers` take the place of those that the server names. */
  readonly rtcConfiguration?: RTCConfiguration;
  /** How long the first join may take, with all its attempts: 20 s by default. Later it is tried until it works. */
  readonly joinTimeoutMs?: number;
  /** How long one step may take: opening the socket, the server's decision. 10 s by default. */
  readonly stepTimeoutMs?: number;
  /** How often `stats` and `quality-changed` are told: every 3 s by default, 0 for never. */
  readonly statsIntervalMs?: number;
  /** Where it runs: the browser by default, `weriftPlatform` in Node. */
  readonly platform?: Platform;
}

/** @throws {ClientError} `unsupported` where the SDK cannot run. */
export function checkSurroundings(platform: Platform): void {
  if (!("withResolvers" in Promise))
    throw new ClientError("unsupported", "Cannot make a room: this is too old; use a current browser, or Node 22");
  if (platform === browserPlatform && typeof window === "undefined")
    throw new ClientError(
      "unsupported",
      'Cannot make a room: this is no page; in Node give platform: weriftPlatform of "signalbox/client/node"',
    );
}

/**
 * Where the server is: what it says at its start (`http://127.0.0.1:8080`) will do.
 *
 * @throws {ClientError} `bad-state` when nobody said where the server is.
 */
export function urlOf({ url }: RoomOptions, platform: Platform): string {
  const address = url ?? platform.defaultUrl;
  if (address === undefined)
    throw new ClientError("bad-state", "Cannot join: this is no page; give url, the server's address");
  return address.replace(/^(\w+:\/\/[^/?#]+)\/?$/, "$1/ws");
}

/** The message that lets a peer in, with a token of this moment; `metadata` are null when there are none. */
export async function joinMessageOf(
  room: string,
  { name, token, subscribe }: RoomOptions,
  metadata: unknown,
): Promise<RoomMessageOf<"join">> {
  const given = typeof token === "function" ? await token() : token;
  // JSON leaves out what is undefined.
  return {
    type: "join",
    room,
    name,
    metadata: metadata ?? undefined,
    token: given,
    subscribe,
  } as RoomMessageOf<"join">;
}
