import { h, type JSX } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";
import type { App } from "./app.ts";
import type { Call } from "./call.ts";
import { CallHeader } from "./call_header.ts";
import { ChatView } from "./chat_view.ts";
import { ControlBar } from "./control_bar.ts";
import { icon } from "./icon.ts";
import { actionOf, type CallAction } from "./key_map.ts";
import { NoticesView } from "./notices_view.ts";
import type { PanelName } from "./panel_name.ts";
import { PeopleView } from "./people_view.ts";
import { SettingsView } from "./settings_view.ts";
import { ShareButtons, ShareView } from "./share_view.ts";
import { StageView } from "./stage_view.ts";
import { StatsView } from "./stats_view.ts";
import { TroubleView } from "./trouble_view.ts";

/** The call itself. */
export function CallView({ app, call }: { readonly app: App; readonly call: Call }): JSX.Element {
  const [panel, setPanel] = useState<PanelName | null>(null);
  const { hasShortcuts } = app.preferences.value;
  const closeChat = () => {
    if (!call.isChatOpen.value) return;
    call.toggleChat();
    focusOn("chat");
  };
  const toggle = (which: PanelName) => (panel === which ? closePanel(which) : setPanel(which));
  const act = (action: CallAction | "leave" | "share") => {
    const actions = {
      microphone: () => void call.toggleMicrophone(),
      camera: () => void call.toggleCamera(),
      screen: () => void call.toggleScreen(),
      chat: () => {
        // They have one place.
        if (panel === "people") setPanel(null);
        return call.isChatOpen.value ? closeChat() : call.toggleChat();
      },
      people: () => {
        if (call.isChatOpen.value) call.toggleChat();
        toggle("people");
      },
      share: () => setPanel("share"),
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
        else closePanel(panel);
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
  const hasSide = call.isChatOpen.value || panel === "people";
  return h(
    "div",
    {
      class: `call${hasSide ? " with-side" : ""}`,
      "data-state": call.state.value,
      "data-media": call.mediaState.value,
    },
    h(CallHeader, { room: call.room.name, count: people.length, hasShortcuts, openPanel: panel, act }),
    h(
      "main",
      { class: "call-main", "aria-label": "Call" },
      h(
        "div",
        // What stays takes a place of its own: it would lie on a picture for as long.
        { class: call.isMediaBlocked.value ? "over beside" : "over" },
        isTroubled ? h(TroubleView, { call, isOnline: app.isOnline.value }) : null,
        h(NoticesView, { notices: call.notices }),
      ),
      call.isPlaybackBlocked.value
        ? h(
            "div",
            { class: "bar" },
            h("p", null, "You do not hear the others yet."),
            h(
              "button",
              { type: "button", class: "button primary small", onClick: () => void call.resumePlayback() },
              icon("speaker"),
              "Turn the sound on",
            ),
          )
        : null,
      call.isSharing.value
        ? h(
            "div",
            { class: "bar" },
            icon("screen"),
            h("p", null, "Everybody sees your screen."),
            h("button", { type: "button", class: "button small", onClick: () => act("screen") }, "Stop sharing"),
          )
        : null,
      h(StageView, {
        people,
        speakers: call.heardSpeakers.value,
        pinned: call.pinned.value,
        togglePin: (key) => call.togglePin(key),
      }),
      isAlone
        ? h(
            "div",
            { class: "invite" },
            h(
              "p",
              null,
              h("strong", null, call.hadOthers.value ? "Everybody else has left." : "Nobody else is here yet."),
              call.hadOthers.value ? " Whoever has the link can come back." : " Send the link to whoever should come.",
            ),
            h("p", { class: "invite-link" }, app.link.replace(/^https?:\/\//, "")),
            h(ShareButtons, { app }),
          )
        : null,
      panel === "statistics" ? h(StatsView, { call, close: () => closePanel("statistics") }) : null,
    ),
    call.isChatOpen.value ? h(ChatView, { call, close: closeChat }) : null,
    panel === "people"
      ? h(PeopleView, {
          people,
          speakers: call.heardSpeakers.value,
          invite: () => setPanel("share"),
          close: () => closePanel("people"),
        })
      : null,
    h(ControlBar, { call, hasShortcuts, openPanel: panel, act }),
    panel === "settings" ? h(SettingsView, { app, close: () => closePanel("settings") }) : null,
    panel === "share" ? h(ShareView, { app, close: () => closePanel("share") }) : null,
  );

  function closePanel(which: PanelName): void {
    setPanel(null);
    focusOn(which);
  }
}

/** Back to the button that opened what was closed. */
function focusOn(action: CallAction | "share"): void {
  document.querySelector<HTMLElement>(`[data-action="${action}"]`)?.focus();
}
