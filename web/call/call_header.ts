import { h, type JSX } from "preact";
import { brand, icon } from "./icon.ts";
import { callKeys } from "./key_map.ts";
import type { PanelName } from "./panel_name.ts";

/** What stands above a call. */
export interface CallHeaderProps {
  readonly room: string;
  readonly count: number;
  readonly hasShortcuts: boolean;
  readonly openPanel: PanelName | null;
  readonly act: (action: "people" | "share") => void;
}

/** Where one is, how many are there, and how others come in. */
export function CallHeader({ room, count, hasShortcuts, openPanel, act }: CallHeaderProps): JSX.Element {
  const isOpen = openPanel === "people";
  const people = `People: ${count === 1 ? "only you" : `${count} in the call`}`;
  return h(
    "header",
    { class: "top" },
    brand(),
    h("h1", { class: "room-name" }, room),
    h(
      "button",
      {
        type: "button",
        class: "button small count",
        "data-action": "people",
        "data-active": String(isOpen),
        "aria-expanded": isOpen,
        "aria-label": people,
        title: hasShortcuts ? `${people} (${callKeys.people})` : people,
        ...(hasShortcuts ? { "aria-keyshortcuts": callKeys.people } : {}),
        onClick: () => act("people"),
      },
      icon("people"),
      h("span", { "aria-hidden": "true" }, count),
    ),
    h(
      "button",
      {
        type: "button",
        class: "button small invite-button",
        "data-action": "share",
        "aria-haspopup": "dialog",
        "aria-label": "Invite people",
        onClick: () => act("share"),
      },
      icon("invite"),
      h("span", null, "Invite"),
    ),
  );
}
