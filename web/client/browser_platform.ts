import type { Platform } from "./platform.ts";

/** The page's own WebSocket, WebRTC, devices, clock and events. */
export const browserPlatform: Platform = {
  get defaultUrl() {
    return typeof location === "undefined" ? undefined : `${location.origin.replace(/^http/, "ws")}/ws`;
  },
  createSocket: (url) => new WebSocket(url),
  createPeerConnection: (configuration) => new RTCPeerConnection(configuration),
  get mediaDevices() {
    return navigator.mediaDevices;
  },
  get isSecure() {
    return isSecureContext;
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
