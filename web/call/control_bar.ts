import { h, type JSX } from "preact";
import type { Call } from "./call.ts";
import { type IconName, icon } from "./icon.ts";
import { type CallAction, callKeys } from "./key_map.ts";
import type { PanelName } from "./panel_name.ts";

/** What the bar does. */
export interface ControlBarProps {
  readonly call: Call;
  readonly hasShortcuts: boolean;
  readonly openPanel: PanelName | null;
  readonly act: (action: CallAction | "leave") => void;
}

/** The buttons of a call. */
export function ControlBar({ call, hasShortcuts, openPanel, act }: ControlBarProps): JSX.Element {
  const isHeard = call.isMicrophoneOn.value;
  const isSeen = call.isCameraOn.value;
  const isSharing = call.isSharing.value;
  const isBusy = (source: "camera" | "microphone" | "screen") =>
    call.opening.value.has(source) ? { "aria-busy": true, "aria-disabled": true } : {};
  const { unread } = call.chat.value;
  const canShare = navigator.mediaDevices !== undefined && "getDisplayMedia" in navigator.mediaDevices;
  const button = (action: CallAction, label: string, drawing: IconName, more: object = {}) => {
    const title = hasShortcuts ? `${label} (${callKeys[action]})` : label;
    const shortcut = hasShortcuts ? { "aria-keyshortcuts": callKeys[action] } : {};
    return h(
      "button",
      {
        type: "button",
        class: "round",
        "data-action": action,
        "aria-label": label,
        title,
        ...shortcut,
        onClick: () => act(action),
        ...more,
      },
      icon(drawing),
      action === "chat" && unread > 0
        ? h("span", { class: "badge", "aria-hidden": "true" }, unread > 99 ? "99+" : unread)
        : null,
    );
  };
  return h(
    "div",
    { class: "controls", role: "group", "aria-label": "Call controls" },
    button("microphone", isHeard ? "Mute microphone" : "Unmute microphone", isHeard ? "microphone" : "microphone-off", {
      "data-on": String(isHeard),
      ...isBusy("microphone"),
    }),
    button("camera", isSeen ? "Turn camera off" : "Turn camera on", isSeen ? "camera" : "camera-off", {
      "data-on": String(isSeen),
      ...isBusy("camera"),
    }),
    canShare
      ? button(
          "screen",
          isSharing ? "Stop sharing your screen" : "Share your screen",
          isSharing ? "screen-off" : "screen",
          { "data-active": String(isSharing), ...isBusy("screen") },
        )
      : null,
    button("chat", unread > 0 ? `Chat, ${unread} unread` : "Chat", "chat", {
      "data-active": String(call.isChatOpen.value),
      "aria-expanded": call.isChatOpen.value,
    }),
    button("settings", "Devices and settings", "settings", {
      "data-active": String(openPanel === "settings"),
      "aria-haspopup": "dialog",
    }),
    button("statistics", "Statistics", "statistics", {
      "data-active": String(openPanel === "statistics"),
      "aria-expanded": openPanel === "statistics",
    }),
    h(
      "button",
      {
        type: "button",
        class: "round leave",
        "data-action": "leave",
        "aria-label": "Leave the call",
        title: "Leave the call",
        onClick: () => act("leave"),
      },
      icon("leave"),
    ),
  );
}
