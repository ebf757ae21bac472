import { h, type JSX } from "preact";
import type { App } from "./app.ts";
import { CopyButton } from "./copy_button.ts";
import { DialogView } from "./dialog_view.ts";
import { icon } from "./icon.ts";

/** How others get the link of the call. */
export function ShareView({ app, close }: { readonly app: App; readonly close: () => void }): JSX.Element {
  return h(
    DialogView,
    { title: "Invite people", close },
    h("p", { class: "dialog-text" }, "Whoever opens this link is at the door of this call:"),
    h("input", {
      class: "share-link",
      readOnly: true,
      "aria-label": "Link of the call",
      value: app.link,
      onFocus: (event: Event) => (event.currentTarget as HTMLInputElement).select(),
    }),
    app.hasToken
      ? h(
          "p",
          { class: "dialog-text quiet" },
          "You were let in by a token of your own, which is not part of the link. Others need theirs.",
        )
      : null,
    h(ShareButtons, { app }),
  );
}

/** Copies the link, or hands it to another app, where the browser can. */
export function ShareButtons({ app }: { readonly app: App }): JSX.Element {
  return h(
    "div",
    { class: "share-buttons" },
    h(CopyButton, { link: () => app.link, className: "primary" }),
    "share" in navigator
      ? h("button", { type: "button", class: "button", onClick: () => void share(app.link) }, icon("share"), "Share…")
      : null,
  );
}

async function share(url: string): Promise<void> {
  try {
    await navigator.share({ title: "A call", url });
  } catch {
    // Nothing was chosen.
  }
}
