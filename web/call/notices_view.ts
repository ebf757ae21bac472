import { h, type JSX } from "preact";
import { icon } from "./icon.ts";
import type { Notices } from "./notices.ts";

/** What happened lately: seen for a while, and read out. */
export function NoticesView({ notices }: { readonly notices: Notices }): JSX.Element {
  return h(
    "div",
    { class: "notices", role: "log", "aria-live": "polite", "aria-label": "What happened" },
    notices.shown.value.map(({ id, title, advice, isFault }) =>
      h(
        "div",
        { key: id, class: isFault ? "notice fault" : "notice" },
        isFault ? icon("alert") : null,
        h("p", null, h("strong", null, title), advice === "" ? null : h("span", null, advice)),
        isFault
          ? h(
              "button",
              { type: "button", class: "square", "aria-label": "Close message", onClick: () => notices.close(id) },
              icon("close"),
            )
          : null,
      ),
    ),
  );
}
