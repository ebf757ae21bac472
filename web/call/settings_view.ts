import { h, type JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { App } from "./app.ts";
import { DeviceSelects } from "./device_select.ts";
import { DialogView } from "./dialog_view.ts";
import { icon } from "./icon.ts";
import { keyWords } from "./key_map.ts";
import type { Preferences } from "./preferences.ts";

/** Devices and taste. */
export function SettingsView({ app, close }: { readonly app: App; readonly close: () => void }): JSX.Element {
  useEffect(() => void app.devices.read(), [app]);
  const { theme } = app.preferences.value;
  return h(
    DialogView,
    { title: "Devices and settings", close },
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
    h(ShortcutsLine, { app }),
    h(
      "a",
      { class: "link", href: `/check#${app.room.value}`, target: "_blank", rel: "noopener" },
      icon("pulse"),
      "Connection check",
      h("span", { class: "quiet" }, "(in a new tab)"),
    ),
  );
}

/** Where there is only a touch screen there are, as good as always, no keys. */
function ShortcutsLine({ app }: { readonly app: App }): JSX.Element | null {
  if (!matchMedia("(any-pointer: fine)").matches) return null;
  return h(
    "label",
    { class: "line" },
    h("span", null, "Single keys as shortcuts", h("span", { class: "quiet keys" }, keyWords)),
    h("input", {
      type: "checkbox",
      checked: app.preferences.value.hasShortcuts,
      onChange: (event: Event) => app.prefer({ hasShortcuts: (event.currentTarget as HTMLInputElement).checked }),
    }),
  );
}
