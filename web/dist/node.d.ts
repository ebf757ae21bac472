// Signalbox client: npm run client
import * as werift from "werift";
/**
 * What the SDK needs of its surroundings; a browser has it all, `web/node/werift_platform.ts` brings it to Node, and tests
 * have time and chance in their hands.
 */
interface Platform {
  /** Where the server is when nobody says: `ws:` or `wss:`; undefined where there is no page. */
  readonly defaultUrl: string | undefined;
  /** Opens a WebSocket at once. */
  createSocket(url: string): WebSocket;
  createPeerConnection(configuration: RTCConfiguration): RTCPeerConnection;
  /** Undefined where there are none: in Node, and in pages that are not secure. */
  readonly mediaDevices: MediaDevices | undefined;
  /** Whether the surroundings allow cameras at all (W3C Secure Contexts). */
  readonly isSecure: boolean;
  /** Milliseconds on a clock that never goes back. */
  now(): number;
  /** From 0 to below 1. */
  random(): number;
  /** Calls back once after `delayMs`; returns what cancels that. */
  startTimer(delayMs: number, callback: () => void): () => void;
  /** What the system says of its network; true is no promise. */
  readonly isOnline: boolean;
  /** Calls back when the network changed, or the page came back from the background or from sleep; returns what ends that. */
  onWake(callback: () => void): () => void;
}
/**
 * The SDK's surroundings in Node: its own WebSocket, and werift's WebRTC. There are no devices: a bot publishes tracks of its own
 * (`asDomTrack`).
 *
 * @param config more for werift's peer connections, such as `iceAdditionalHostAddresses`
 */
export declare function createWeriftPlatform(config?: werift.RTCPeerConnectionConfig): Platform;
/** As {@linkcode createWeriftPlatform} makes it. */
export declare const weriftPlatform: Platform;
/** A track of werift's, to be published by the SDK; its owner writes packets to it by `writeRtp`. */
export declare function asDomTrack(track: werift.MediaStreamTrack): MediaStreamTrack;
/** A track that the SDK received, as werift's: its packets come by `onReceiveRtp`. */
export declare function asWeriftTrack(track: MediaStreamTrack): werift.MediaStreamTrack;
export {};