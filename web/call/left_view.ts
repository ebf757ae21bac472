import { h, type JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { App } from "./app.ts";
import { brand, icon } from "./icon.ts";

/** After a call: it was left, or it ended by itself, and why. */
export function LeftView({ app }: { readonly app: App }): JSX.Element {
  const ending = app.call.value?.ending.value ?? null;
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  return h(
    "div",
    { class: "lobby" },
    h(
      "header",
      { class: "top" },
      brand(),
      h("a", { class: "link", href: "/check" }, icon("pulse"), "Connection check"),
    ),
    h(
      "main",
      { class: "left" },
      h("h1", { ref: title, tabIndex: -1 }, ending?.title ?? "You left the call"),
      h("p", { class: "lead" }, ending?.advice ?? `The room ${app.room.value} stays open for whoever has its link.`),
      h(
        "div",
        { class: "join-buttons" },
        h(
          "button",
          { type: "button", class: "button primary", onClick: () => void app.comeBack() },
          ending === null ? "Come back" : "Try again",
        ),
        h("button", { type: "button", class: "button", onClick: () => app.toLobby() }, "To the first screen"),
      ),
    ),
  );
}
