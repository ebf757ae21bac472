import { h, type JSX } from "preact";
import { useState } from "preact/hooks";
import type { App } from "./app.ts";
import { icon } from "./icon.ts";
import { sayRoomName } from "./room_name_words.ts";

/** Where one goes: whatever is written becomes a room's name, and that is shown before anybody joins. */
export function RoomField({ app }: { readonly app: App }): JSX.Element {
  const [isWriting, setWriting] = useState(false);

  return h(
    "div",
    { class: "field" },
    h("label", { for: "room" }, "Room"),
    h(
      "div",
      { class: "with-button" },
      h("input", {
        id: "room",
        value: isWriting ? app.written.value : app.room.value,
        maxLength: 64,
        autocomplete: "off",
        autocapitalize: "off",
        spellcheck: false,
        "aria-describedby": "room-note",
        onInput: (event: Event) => {
          setWriting(true);
          app.writeRoom((event.currentTarget as HTMLInputElement).value);
        },
        onChange: () => {
          setWriting(false);
          app.settleRoom();
        },
      }),
      h(
        "button",
        {
          type: "button",
          class: "square",
          "aria-label": "Suggest another room",
          title: "Suggest another room",
          onClick: () => app.suggestRoom(),
        },
        icon("shuffle"),
      ),
    ),
    h("p", { id: "room-note", class: "quiet", role: "status" }, sayRoomName(app.written.value)),
  );
}
