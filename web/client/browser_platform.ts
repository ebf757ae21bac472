import type { Platform } from "./platform.ts";

/** The page's own WebSocket, WebRTC, devices, clock and events. */
export const browserPlatform: Platform = {
  get defaultUrl() {
    // The module as a node serves it knows where it came from; one that a page's own build took in does not.
    const { origin, pathname } = new URL(import.meta.url);
    if (pathname === "/client.js") return socketOf(origin);
    return typeof location === "undefined" ? undefined : socketOf(location.origin);
  },
  createSocket: (url) => new WebSocket(url),
  createPeerConnection: (configuration) => new RTCPeerConnection(configuration),
  get mediaDevices() {
    // Of programs that ask for devices where there is no browser, too.
    return globalThis.navigator?.mediaDevices;
  },
  get isSecure() {
    return globalThis.isSecureContext !== false;
  },
  now: () => performance.now(),
  random: () => Math.random(),
  startTimer(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  get isOnline() {
    return navigator.onLine;
  },
  onWake(callback) {
    const listening = new AbortController();
    const listener = ({ type }: Event) => {
      if (type !== "visibilitychange" || document.visibilityState === "visible") callback(type === "online");
    };
    // Page Lifecycle has `resume`: a frozen tab goes on. What happens to the document is captured on its way.
    for (const name of ["online", "offline", "pageshow", "visibilitychange", "resume"])
      window.addEventListener(name, listener, { capture: true, signal: listening.signal });
    return () => listening.abort();
  },
};

function socketOf(origin: string): string {
  return `${origin.replace(/^http/, "ws")}/ws`;
}
