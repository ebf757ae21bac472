import { byId } from "./dom.ts";
import type { PathElements } from "./path_view.ts";

/** Every element of the page that the program touches, found once and checked for its kind. */
export const page = {
  body: document.body,
  back: byId("back", HTMLAnchorElement),
  start: byId("start", HTMLButtonElement),
  stop: byId("stop", HTMLButtonElement),
  restartIce: byId("restart-ice", HTMLButtonElement),
  withoutCamera: byId("without-camera", HTMLInputElement),
  withoutCameraLabel: byId("without-camera-label", HTMLElement),
  status: byId("status", HTMLElement),
  problem: byId("problem", HTMLElement),
  pictures: byId("pictures", HTMLElement),
  local: byId("local", HTMLVideoElement),
  localEmpty: byId("local-empty", HTMLElement),
  localDetail: byId("local-detail", HTMLElement),
  remote: byId("remote", HTMLVideoElement),
  remoteEmpty: byId("remote-empty", HTMLElement),
  remoteDetail: byId("remote-detail", HTMLElement),
  listen: byId("listen", HTMLInputElement),
  listenLabel: byId("listen-label", HTMLElement),
  timeline: byId("timeline", HTMLElement),
  rtt: byId("rtt", HTMLElement),
  rttSummary: byId("rtt-summary", HTMLElement),
  rttChart: svgById("rtt-chart"),
  messageForm: byId("message-form", HTMLFormElement),
  message: byId("message", HTMLInputElement),
  send: byId("send", HTMLButtonElement),
  messages: byId("messages", HTMLElement),
};

/** The elements of the way in use. */
export const pathElements: PathElements = {
  container: byId("path", HTMLElement),
  localAddress: byId("local-address", HTMLElement),
  localType: byId("local-type", HTMLElement),
  remoteAddress: byId("remote-address", HTMLElement),
  remoteType: byId("remote-type", HTMLElement),
  protocol: byId("path-protocol", HTMLElement),
  roundTrip: byId("path-rtt", HTMLElement),
  summary: byId("path-summary", HTMLElement),
};

/** Swaps two buttons in place; the keyboard's focus goes along. */
export function swapButtons(from: HTMLButtonElement, to: HTMLButtonElement): void {
  const hadFocus = document.activeElement === from;
  to.hidden = false;
  from.hidden = true;
  if (hadFocus) to.focus();
}

function svgById(id: string): SVGElement {
  const found = document.getElementById(id) as Element | null;
  if (found instanceof SVGElement) return found;
  throw new TypeError(`Cannot find element "#${id}": the page holds no drawing of that id`);
}
