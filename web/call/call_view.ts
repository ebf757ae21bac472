import { h, type JSX } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";
import type { App } from "./app.ts";
import type { Call } from "./call.ts";
import { ChatView } from "./chat_view.ts";
import { ControlBar } from "./control_bar.ts";
import { CopyButton } from "./copy_button.ts";
import { brand, icon } from "./icon.ts";
import { actionOf, type CallAction } from "./key_map.ts";
import { NoticesView } from "./notices_view.ts";
import { SettingsView } from "./settings_view.ts";
import { StageView } from "./stage_view.ts";
import { StatsView } from "./stats_view.ts";
import { TroubleView } from "./trouble_view.ts";

/** The call itself. */
export function CallView({ app, call }: { readonly app: App; readonly call: Call }): JSX.Element {
  const [panel, setPanel] = useState<"settings" | "statistics" | null>(null);
  const { hasShortcuts } = app.preferences.value;
  const closeChat = () => {
    if (!call.isChatOpen.value) return;
    call.toggleChat();
    focusOn("chat");
  };
  const act = (action: CallAction | "leave") => {
    const toggle = (which: "settings" | "statistics") => setPanel(panel === which ? null : which);
    const actions = {
      microphone: () => void call.toggleMicrophone(),
      camera: () => void call.toggleCamera(),
      screen: () => void call.toggleScreen(),
      chat: () => (call.isChatOpen.value ? closeChat() : call.toggleChat()),
      settings: () => toggle("settings"),
      statistics: () => toggle("statistics"),
      leave: () => call.leave(),
    };
    actions[action]();
  };
  // Before the next key arrives.
  useLayoutEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const { target } = event;
      const isWriting = target instanceof HTMLElement && target.isContentEditable;
      if (document.querySelector("dialog[open]") !== null) return;
      if (event.key === "Escape") {
        if (panel === null) closeChat();
        else setPanel(null);
        return;
      }
      const { key, ctrlKey, altKey, metaKey, repeat } = event;
      const tag = target instanceof Element ? target.tagName : "";
      const action = hasShortcuts
        ? actionOf({ key, ctrlKey, altKey, metaKey, repeat, tag, isEditable: isWriting })
        : undefined;
      if (action === undefined) return;
      event.preventDefault();
      act(action);
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  });
  const people = call.people.value;
  const isTroubled = call.isTroubled.value || !app.isOnline.value;
  const isAlone = people.length === 1 && call.state.value === "joined";
  return h(
    "div",
    { class: `call${call.isChatOpen.value ? " with-chat" : ""}`, "data-state": call.state.value },
    h(
      "header",
      { class: "top" },
      brand(),
      h("h1", { class: "room-name" }, call.room.name),
      h("span", { class: "count" }, people.length === 1 ? "only you" : `${people.length} people`),
      h(CopyButton, { link: () => app.link, className: "small quiet-button" }),
    ),
    h(
      "main",
      { class: "call-main", "aria-label": "Call" },
      isTroubled ? h(TroubleView, { call, isOnline: app.isOnline.value }) : null,
      call.isSharing.value
        ? h(
            "div",
            { class: "sharing" },
            icon("screen"),
            h("p", null, "Everybody sees your screen."),
            h("button", { type: "button", class: "button small", onClick: () => act("screen") }, "Stop sharing"),
          )
        : null,
      h(StageView, {
        people,
        speakers: call.speakers.value,
        pinned: call.pinned.value,
        togglePin: (key) => call.togglePin(key),
      }),
      isAlone
        ? h(
            "div",
            { class: "invite" },
            h("p", null, h("strong", null, "Nobody else is here yet."), " Send the link to whoever should come."),
            h("p", { class: "invite-link" }, app.link.replace(/^https?:\/\//, "")),
            h(CopyButton, { link: () => app.link, className: "primary" }),
          )
        : null,
      call.isPlaybackBlocked.value
        ? h(
            "button",
            { type: "button", class: "button primary unblock", onClick: () => void call.resumePlayback() },
            icon("speaker"),
            "Turn the sound on",
          )
        : null,
      h(NoticesView, { notices: call.notices }),
      panel === "statistics" ? h(StatsView, { call, close: () => closePanel("statistics") }) : null,
    ),
    call.isChatOpen.value ? h(ChatView, { call, close: closeChat }) : null,
    h(ControlBar, { call, hasShortcuts, openPanel: panel, act }),
    panel === "settings" ? h(SettingsView, { app, close: () => closePanel("settings") }) : null,
  );

  function closePanel(which: CallAction): void {
    setPanel(null);
    focusOn(which);
  }
}

/** Back to the button that opened what was closed. */
function focusOn(action: CallAction): void {
  document.querySelector<HTMLElement>(`[data-action="${action}"]`)?.focus();
}
