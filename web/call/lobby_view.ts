import { h, type JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { App } from "./app.ts";
import { CopyButton } from "./copy_button.ts";
import { DeviceSelects } from "./device_select.ts";
import { brand, icon } from "./icon.ts";
import { initialsOf, toneOf } from "./initials.ts";
import { MeterView } from "./meter_view.ts";
import { localPicture } from "./picture.ts";
import { mergeFaults, type PlainWords } from "./plain_words.ts";
import { RoomField } from "./room_field.ts";
import { VideoView } from "./video_view.ts";

/** The first screen: who you are, where you go, and whether camera and microphone work. */
export function LobbyView({ app }: { readonly app: App }): JSX.Element {
  return h(
    "div",
    { class: "lobby" },
    h(
      "header",
      { class: "top" },
      brand(),
      h("a", { class: "link", href: `/check#${app.room.value}` }, icon("pulse"), "Connection check"),
    ),
    h("main", { class: "lobby-main" }, h(PreviewPane, { app }), h(JoinForm, { app })),
  );
}

type Devices = Pick<App["preview"], "camera" | "microphone">;

function PreviewPane({ app }: { readonly app: App }): JSX.Element {
  const { camera, microphone } = app.preview;
  const { name } = app.preferences.value;
  const track = camera.track.value;
  return h(
    "section",
    { class: "preview", "aria-label": "Camera and microphone" },
    h(
      "div",
      { class: "preview-frame tile" },
      track === null
        ? h(
            "div",
            { class: `avatar tone-${toneOf(name)}`, "aria-hidden": "true" },
            h("span", null, initialsOf(name === "" ? "Guest" : name)),
          )
        : h(VideoView, { picture: localPicture({ mediaStreamTrack: track, source: "camera" }), label: "Your camera" }),
      track === null ? h("p", { class: "preview-note" }, cameraNote(app)) : null,
      h(
        "div",
        { class: "preview-controls" },
        h(Toggle, { kind: "microphone", isOn: app.isWanted("microphone"), app }),
        h(Toggle, { kind: "camera", isOn: app.isWanted("camera"), app }),
      ),
    ),
    h("div", { class: "meter-row" }, icon("microphone"), h(MeterView, { track: microphone.track.value })),
    h(DeviceSelects, { app }),
    h(Faults, { app }),
  );
}

function Faults({ app }: { readonly app: App }): JSX.Element {
  const camera = app.preview.camera.fault.value;
  const microphone = app.preview.microphone.fault.value;
  const both = mergeFaults(camera, microphone);
  const card = (words: PlainWords | null, kinds: readonly ("camera" | "microphone")[]) =>
    words === null ? null : h(FaultCard, { key: kinds.join(), kinds, words, app });
  const cards =
    both === null
      ? [card(camera, ["camera"]), card(microphone, ["microphone"])]
      : [card(both, ["camera", "microphone"])];
  return h("div", { role: "alert", class: "faults" }, cards);
}

/** Neither can be opened: what is left is to watch, listen and write. */
function hasNothing({ preview: { camera, microphone } }: { readonly preview: Devices }): boolean {
  return camera.fault.value !== null && microphone.fault.value !== null;
}

function cameraNote({ preview: { camera, microphone }, preferences }: App): string {
  if (camera.isOpening.value) return "Your camera is being opened. The browser may ask you to allow it.";
  if (hasNothing({ preview: { camera, microphone } })) return "You can join to watch and listen.";
  if (camera.fault.value !== null) return "No camera: you can join without.";
  return preferences.value.isCameraWanted ? "" : "Your camera is off.";
}

function Toggle({
  kind,
  isOn,
  app,
}: {
  readonly kind: "camera" | "microphone";
  readonly isOn: boolean;
  readonly app: App;
}): JSX.Element {
  const isFaulty = app.preview[kind].fault.value !== null;
  const isShownOn = isOn && !isFaulty;
  const label = `${isOn ? "Turn off" : "Turn on"} ${kind}`;
  return h(
    "button",
    {
      type: "button",
      class: "round",
      "aria-label": label,
      title: label,
      "data-on": String(isShownOn),
      onClick: () => void app.want([kind], !isOn),
    },
    icon(isShownOn ? kind : `${kind}-off`),
  );
}

interface FaultProps {
  readonly kinds: readonly ("camera" | "microphone")[];
  readonly words: PlainWords;
  readonly app: App;
}

function FaultCard({ kinds, words, app }: FaultProps): JSX.Element {
  return h(
    "div",
    { class: "fault", "data-kinds": kinds.join(" ") },
    icon("alert"),
    h("p", null, h("strong", null, `${words.title}. `), words.advice),
    h("button", { type: "button", class: "button small", onClick: () => void app.want(kinds, true) }, "Try again"),
  );
}

function ElsewhereCard({ app }: { readonly app: App }): JSX.Element {
  return h(
    "div",
    { class: "elsewhere" },
    h(
      "p",
      null,
      h("strong", null, "You are in this call already, in another tab. "),
      "If you join here, too, you are there twice. Microphone and sound are off here until you turn them on, so that nothing echoes.",
    ),
    h("button", { type: "button", class: "button small", onClick: () => void app.takeOver() }, "Move the call here"),
  );
}

function JoinForm({ app }: { readonly app: App }): JSX.Element {
  const nameField = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    // On a phone the keyboard would cover the preview.
    if (app.preferences.value.name === "" && matchMedia("(pointer: fine)").matches) nameField.current?.focus();
  }, [app]);
  const { name } = app.preferences.value;
  return h(
    "form",
    {
      class: "join",
      onSubmit: (event: Event) => {
        event.preventDefault();
        app.join();
      },
    },
    h("h1", null, app.isInvited.value ? "Join the call" : "Start a call"),
    h(
      "p",
      { class: "lead" },
      app.isInvited.value
        ? "Check how you look, and come in."
        : "Choose a name for the room and send its link to whoever should come.",
    ),
    h("label", { for: "name" }, "Your name"),
    h("input", {
      id: "name",
      ref: nameField,
      value: name,
      maxLength: 60,
      autocomplete: "nickname",
      placeholder: "Guest",
      onInput: (event: Event) => app.prefer({ name: (event.currentTarget as HTMLInputElement).value }),
    }),
    h(RoomField, { app }),
    h(
      "div",
      { class: "join-buttons" },
      h("button", { type: "submit", class: "button primary" }, hasNothing(app) ? "Join to watch and listen" : "Join"),
      h(CopyButton, { link: () => app.link }),
    ),
    h("div", { role: "status" }, app.tabs.isElsewhere.value ? h(ElsewhereCard, { app }) : null),
  );
}
