import { h, type JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { App } from "./app.ts";
import { DeviceSelects } from "./device_select.ts";
import { icon } from "./icon.ts";
import type { Preferences } from "./preferences.ts";

/** Devices and taste, in a dialog of the browser's own: it keeps the focus and closes by Escape. */
export function SettingsView({ app, close }: { readonly app: App; readonly close: () => void }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  // Before the next key arrives, which would be a command for the call else.
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    void app.devices.read();
    return () => element?.close();
  }, [app]);
  const { theme, hasShortcuts } = app.preferences.value;
  return h(
    "dialog",
    { ref: dialog, class: "dialog", "aria-labelledby": "settings-title", onClose: close },
    h(
      "header",
      null,
      h("h2", { id: "settings-title" }, "Devices and settings"),
      h(
        "button",
        { type: "button", class: "square", "aria-label": "Close", title: "Close (Esc)", onClick: close },
        icon("close"),
      ),
    ),
    h(DeviceSelects, { app }),
    h(
      "label",
      { class: "line" },
      "Colors",
      h(
        "select",
        {
          value: theme,
          onChange: (event: Event) =>
            app.prefer({ theme: (event.currentTarget as HTMLSelectElement).value as Preferences["theme"] }),
        },
        h("option", { value: "system" }, "As the system"),
        h("option", { value: "light" }, "Light"),
        h("option", { value: "dark" }, "Dark"),
      ),
    ),
    h(
      "label",
      { class: "line" },
      "Single keys as shortcuts (M, V, S, C, D, I)",
      h("input", {
        type: "checkbox",
        checked: hasShortcuts,
        onChange: (event: Event) => app.prefer({ hasShortcuts: (event.currentTarget as HTMLInputElement).checked }),
      }),
    ),
    h(
      "a",
      { class: "link", href: "/check", target: "_blank", rel: "noopener" },
      icon("pulse"),
      "Connection check",
      h("span", { class: "quiet" }, "(in a new tab; the call goes on)"),
    ),
  );
}
