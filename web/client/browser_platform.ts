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
    const onVisible = () => document.visibilityState === "visible" && callback();
    const sources: readonly (readonly [EventTarget, string, () => void])[] = [
      [window, "online", callback],
      [window, "offline", callback],
      [window, "pageshow", callback],
      [document, "visibilitychange", onVisible],
      // Page Lifecycle: a frozen tab goes on.
      [document, "resume", callback],
    ];
    for (const [target, name, listener] of sources) target.addEventListener(name, listener);
    return () => {
      for (const [target, name, listener] of sources) target.removeEventListener(name, listener);
    };
  },
};

function socketOf(origin: string): string {
  return `${origin.replace(/^http/, "ws")}/ws`;
}
