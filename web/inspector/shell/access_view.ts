import { h, type JSX } from "preact";
import { useRef } from "preact/hooks";
import type { Inspector } from "../model/inspector.ts";
import { icon } from "./icons.ts";

/** Instead of what is not shown to just anybody: the server's reason, and where a token helps, a field for it. */
export function AccessView({ inspector }: { readonly inspector: Inspector }): JSX.Element | null {
  const field = useRef<HTMLInputElement>(null);
  const status = inspector.status.value;
  if (status.kind !== "unauthorized" && status.kind !== "refused") return null;
  const enter = (event: SubmitEvent) => {
    event.preventDefault();
    inspector.enter(field.current?.value.trim() ?? "");
  };
  return h(
    "main",
    { class: "access" },
    h(
      "div",
      { class: "access-card" },
      icon("lock"),
      h("h2", null, status.kind === "unauthorized" ? "This cluster is shown to its operators" : "Not shown from here"),
      h("p", { role: "alert" }, status.reason, "."),
      status.kind === "refused"
        ? h("button", { type: "button", class: "button", onClick: () => inspector.enter("") }, "Try once more")
        : h(
            "form",
            { onSubmit: enter },
            h("label", { for: "token" }, "Admin token"),
            h("input", {
              id: "token",
              ref: field,
              type: "password",
              required: true,
              autocomplete: "current-password",
              autofocus: true,
            }),
            h("p", { class: "detail" }, "It is kept until this tab is closed, and is in no link."),
            h("button", { type: "submit", class: "button primary" }, "Look inside"),
          ),
    ),
  );
}
