import { h, type JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { icon, qualityBars } from "./icon.ts";
import { initialsOf, toneOf } from "./initials.ts";
import type { Person } from "./person.ts";
import { sayQuality } from "./quality_words.ts";

/** Who is in the call. */
export interface PeopleProps {
  readonly people: readonly Person[];
  readonly speakers: ReadonlySet<string>;
  readonly invite: () => void;
  readonly close: () => void;
}

/** Everybody in the call, with how they can be heard and seen; beside it, or over it on a phone. */
export function PeopleView({ people, speakers, invite, close }: PeopleProps): JSX.Element {
  const title = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => title.current?.focus(), []);
  return h(
    "aside",
    { class: "side people", "aria-labelledby": "people-title" },
    h(
      "header",
      null,
      h("h2", { id: "people-title", ref: title, tabIndex: -1 }, `People (${people.length})`),
      h(
        "button",
        { type: "button", class: "square", "aria-label": "Close people", title: "Close (Esc)", onClick: close },
        icon("close"),
      ),
    ),
    h(
      "ul",
      { class: "people-list", tabIndex: 0, "aria-labelledby": "people-title" },
      people.map((person) => h(PersonLine, { key: person.id, person, isSpeaking: speakers.has(person.id) })),
    ),
    h("button", { type: "button", class: "button people-invite", onClick: invite }, icon("invite"), "Invite people"),
  );
}

function PersonLine({ person, isSpeaking }: { readonly person: Person; readonly isSpeaking: boolean }): JSX.Element {
  const { name, isSelf, isHeard, isReconnecting, camera, screen, quality } = person;
  const isSeen = camera !== null;
  const notes = [isReconnecting ? "Reconnecting…" : "", screen === null ? "" : "Shares a screen"];
  const isJudged = quality !== "unknown" && !isReconnecting && (isHeard || isSeen);
  const { bars, text } = sayQuality(quality);
  const mark = (isOn: boolean, kind: "microphone" | "camera") =>
    h(
      "span",
      { class: "person-mark", "data-kind": kind, "data-on": String(isOn) },
      icon(isOn ? kind : `${kind}-off`),
      h("span", { class: "spoken" }, `, ${kind} ${isOn ? "on" : "off"}`),
    );
  return h(
    "li",
    { class: "person", "data-name": name, "data-speaking": String(isSpeaking) },
    h("span", { class: `avatar tone-${toneOf(name)}`, "aria-hidden": "true" }, h("span", null, initialsOf(name))),
    h(
      "span",
      { class: "person-name" },
      name,
      isSelf ? h("span", { class: "quiet" }, " (you)") : null,
      notes
        .filter((note) => note !== "")
        .map((note) => h("span", { key: note, class: "person-note" }, h("span", { class: "spoken" }, ", "), note)),
    ),
    isJudged
      ? h("span", { class: "person-quality", role: "img", title: text, "aria-label": text }, qualityBars(bars))
      : null,
    mark(isHeard, "microphone"),
    mark(isSeen, "camera"),
  );
}
