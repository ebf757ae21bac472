import { h, type JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Inspector } from "../model/inspector.ts";
import { icon } from "../shell/icons.ts";

/** States that are looked for most. */
const states = ["failed", "disconnected", "connecting", "connected"] as const;
const kinds = [
  ["session", "people"],
  ["peer", "connections"],
  ["subscription", "subscriptions"],
] as const;

/** What the tree is narrowed to: words, states, kinds. */
export function TreeSearchView({ inspector }: { readonly inspector: Inspector }): JSX.Element {
  const field = useRef<HTMLInputElement>(null);
  const { search, states: sought, kinds: shown, isEndedHidden } = inspector.address.value;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || isWritten(event.target)) return;
      event.preventDefault();
      field.current?.focus();
      field.current?.select();
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  }, []);
  const chip = (label: string, isOn: boolean, toggle: () => void) =>
    h("button", { type: "button", class: "chip", "aria-pressed": isOn, onClick: toggle }, label);
  const toggled = (list: readonly string[], item: string) =>
    list.includes(item) ? list.filter((each) => each !== item) : [...list, item];
  return h(
    "div",
    { class: "tree-search", role: "search" },
    h(
      "div",
      { class: "search-field" },
      icon("search"),
      h("input", {
        ref: field,
        type: "search",
        value: search,
        placeholder: "Name, id, room or state",
        "aria-label": "Search the actors",
        "aria-keyshortcuts": "/",
        spellcheck: false,
        autocomplete: "off",
        onInput: ({ currentTarget }: { currentTarget: HTMLInputElement }) =>
          inspector.look({ search: currentTarget.value }),
        onKeyDown: (event: KeyboardEvent) => {
          if (event.key === "Escape") inspector.look({ search: "" });
          else if (event.key === "ArrowDown" || event.key === "Enter")
            document.querySelector<HTMLElement>(".tree")?.focus();
          else return;
          event.preventDefault();
        },
      }),
      h("kbd", { "aria-hidden": "true" }, "/"),
    ),
    h(
      "div",
      { class: "chips", role: "group", "aria-label": "Narrow the tree" },
      states.map((state) =>
        chip(state, sought.includes(state), () => inspector.look({ states: toggled(sought, state) })),
      ),
      kinds.map(([kind, label]) =>
        chip(label, shown.includes(kind), () => inspector.look({ kinds: toggled(shown, kind) })),
      ),
      chip("ended", !isEndedHidden, () => inspector.look({ isEndedHidden: !isEndedHidden })),
    ),
  );
}

/** Whether a key that is pressed there is text. */
export function isWritten(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
