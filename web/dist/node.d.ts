// Signalbox client: npm run client
import * as werift from "werift";
import { Platform } from "./client.js";
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