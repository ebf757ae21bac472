import { h, type JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { App } from "./app.ts";
import { brand, icon } from "./icon.ts";
import { sayEnding } from "./plain_words.ts";

/** After a call: it was left, or it ended by itself, and why. */
export function LeftView({ app }: { readonly app: App }): JSX.Element {
  const ending = app.call.value?.ending.value ?? null;
  const words = ending === null ? null : sayEnding(ending);
  const title = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => title.current?.focus(), []);
  const isReplaced = ending?.code === "replaced";
  const again = () => (isReplaced ? app.takeOver() : app.comeBack());
  const label = isReplaced ? "Take it back" : ending === null || ending.code === "kicked" ? "Come back" : "Try again";
  return h(
    "div",
    { class: "lobby" },
    h(
      "header",
      { class: "top" },
      brand(),
      h("a", { class: "link", href: `/check#${app.room.value}` }, icon("pulse"), "Connection check"),
    ),
    h(
      "main",
      { class: "left" },
      h("h1", { ref: title, tabIndex: -1 }, words?.title ?? "You left the call"),
      words?.reason === undefined
        ? null
        : h("p", { class: "reason" }, "The reason given: ", h("q", null, words.reason)),
      h(
        "p",
        { class: "lead" },
        words?.advice ?? `Whoever has the link of ${app.room.value} can come in, now or later.`,
      ),
      h(
        "div",
        { class: "join-buttons" },
        h("button", { type: "button", class: "button primary", onClick: () => void again() }, label),
        h("button", { type: "button", class: "button", onClick: () => app.toLobby() }, "To the first screen"),
      ),
    ),
  );
}
