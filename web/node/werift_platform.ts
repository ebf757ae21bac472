import type * as werift from "werift";
import type { Platform } from "../client/mod.ts";
import { WeriftConnection } from "./werift_connection.ts";

/**
 * The SDK's surroundings in Node: its own WebSocket, and werift's WebRTC. There are no devices: a bot publishes tracks of its own
 * (`asDomTrack`).
 *
 * @param config more for werift's peer connections, such as `iceAdditionalHostAddresses`
 */
export function createWeriftPlatform(config: werift.RTCPeerConnectionConfig = {}): Platform {
  return {
    defaultUrl: undefined,
    createSocket: openSocket,
    createPeerConnection: (configuration) =>
      new WeriftConnection({
        ...config,
        ...(configuration as object),
      }) as unknown as RTCPeerConnection,
    mediaDevices: undefined,
    isSecure: true,
    now: () => performance.now(),
    random: () => Math.random(),
    startTimer(delayMs, callback) {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
    isOnline: true,
    onWake: () => () => undefined,
  };
}

/**
 * Node's WebSocket. That of Node 22 tells of a connection that did not come about by `error` alone, where the specification has a
 * `close` follow (WHATWG WebSockets, 3.1, "fail the WebSocket connection").
 */
function openSocket(url: string): WebSocket {
  const socket = new WebSocket(url);
  const failed = () =>
    socket.dispatchEvent(Object.assign(new Event("close"), { code: 1006, reason: "", wasClean: false }));
  socket.addEventListener("error", failed, { once: true });
  socket.addEventListener("open", () => socket.removeEventListener("error", failed), { once: true });
  socket.addEventListener("close", () => socket.removeEventListener("error", failed), { once: true });
  return socket;
}

/** As {@linkcode createWeriftPlatform} makes it. */
export const weriftPlatform: Platform = createWeriftPlatform();

/** A track of werift's, to be published by the SDK; its owner writes packets to it by `writeRtp`. */
export function asDomTrack(track: werift.MediaStreamTrack): MediaStreamTrack {
  return track as unknown as MediaStreamTrack;
}

/** A track that the SDK received, as werift's: its packets come by `onReceiveRtp`. */
export function asWeriftTrack(track: MediaStreamTrack): werift.MediaStreamTrack {
  return track as unknown as werift.MediaStreamTrack;
}
