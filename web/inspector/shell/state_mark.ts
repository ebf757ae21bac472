import { h, type JSX } from "preact";
import type { StateWords } from "../model/state_words.ts";

/** A state as a word with its color; the dot tells it apart for who sees few colors, by its form. */
export function stateMark({ text, tone }: StateWords): JSX.Element {
  return h(
    "span",
    { class: "state", "data-tone": tone, title: text },
    h("i", { class: "dot", "aria-hidden": "true" }),
    text,
  );
}
