/**
 * What the SDK needs of its surroundings; a browser has it all, `web/node/werift_platform.ts` brings it to Node, and tests
 * have time and chance in their hands.
 */
export interface Platform {
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
  /**
   * Calls back when the network changed, or the page came back from the background or from sleep; returns what ends that.
   * `isNetworkNew`: the network is back, and most likely it is another one.
   */
  onWake(callback: (isNetworkNew: boolean) => void): () => void;
}
