import { h, type JSX } from "preact";
import { useState } from "preact/hooks";
import type { Inspector } from "../model/inspector.ts";
import type { FeedFilter } from "../model/view_address.ts";

const fields = [
  ["room", "Rooms", "atrium"],
  ["peer", "People or connections, by id", ""],
  ["node", "Nodes", "n1, n2"],
  ["kind", "Kinds of actors", "session, peer"],
] as const;

/** What the server is asked for: what is left out here does not cross the wire. */
export function FilterView({ inspector }: { readonly inspector: Inspector }): JSX.Element {
  const { filter } = inspector.address.value;
  const [isOpen, setOpen] = useState(false);
  const active = fields.flatMap(([name]) => filter[name].map((value) => `${name} ${value}`));
  const apply = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const wanted = Object.fromEntries(
      fields.map(([name]) => [name, valuesOf(form.get(name))]),
    ) as unknown as FeedFilter;
    setOpen(false);
    inspector.filterBy(wanted);
  };
  return h(
    "div",
    {
      class: "filter",
      onKeyDown: (event: KeyboardEvent) => {
        if (event.key === "Escape") setOpen(false);
      },
    },
    h(
      "button",
      {
        type: "button",
        class: "button",
        "data-action": "filter",
        "aria-expanded": isOpen,
        title: "What the server sends",
        onClick: () => setOpen(!isOpen),
      },
      active.length === 0 ? "Everything" : active.join(", "),
    ),
    isOpen
      ? h(
          "form",
          { class: "filter-form", onSubmit: apply },
          h("p", { class: "detail" }, "Only this is sent to the page; several with commas between them."),
          fields.map(([name, label, example]) =>
            h(
              "label",
              { key: name },
              h("span", null, label),
              h("input", {
                name,
                defaultValue: filter[name].join(", "),
                placeholder: example,
                autocomplete: "off",
                spellcheck: false,
              }),
            ),
          ),
          h(
            "div",
            { class: "filter-buttons" },
            h("button", { type: "submit", class: "button primary" }, "Watch these"),
            h(
              "button",
              {
                type: "button",
                class: "button",
                onClick: () => {
                  setOpen(false);
                  inspector.filterBy({ node: [], room: [], peer: [], kind: [] });
                },
              },
              "Everything",
            ),
          ),
        )
      : null,
  );
}

function valuesOf(text: FormDataEntryValue | null): string[] {
  return String(text ?? "")
    .split(",")
    .map((value) => value.trim())
    .filter((value) => value !== "");
}
