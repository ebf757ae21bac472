import { type ComponentChildren, h, type JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { icon } from "./icon.ts";

/** A dialog of the browser's own: it keeps the focus and closes by Escape. */
export function DialogView({
  title,
  close,
  children,
}: {
  readonly title: string;
  readonly close: () => void;
  readonly children?: ComponentChildren;
}): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  // Before the next key arrives, which would be a command for the call else.
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return h(
    "dialog",
    { ref: dialog, class: "dialog", "aria-labelledby": "dialog-title", onClose: close },
    h(
      "header",
      null,
      h("h2", { id: "dialog-title" }, title),
      h(
        "button",
        { type: "button", class: "square", "aria-label": "Close", title: "Close (Esc)", onClick: close },
        icon("close"),
      ),
    ),
    children,
  );
}
