import { h, type JSX } from "preact";
import { useRef } from "preact/hooks";
import type { Inspector } from "../model/inspector.ts";
import { type TabName, tabNames } from "../model/view_address.ts";

const titles: Readonly<Record<TabName, string>> = {
  statechart: "Statechart",
  sequence: "Sequence",
  messages: "Messages",
  network: "Network",
  explain: "Explain",
  context: "Context",
};

export interface TabsProps {
  readonly inspector: Inspector;
  readonly panel: (tab: TabName) => JSX.Element;
}

/** The views of what is looked at (WAI-ARIA, "Tabs Pattern"). */
export function TabsView({ inspector, panel }: TabsProps): JSX.Element {
  const list = useRef<HTMLDivElement>(null);
  const { tab: chosen } = inspector.address.value;
  const onKeyDown = (event: KeyboardEvent) => {
    const at = tabNames.indexOf(chosen);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabNames.length - 1 }[event.key];
    const tab = to === undefined ? undefined : tabNames.at(to % tabNames.length);
    if (tab === undefined) return;
    event.preventDefault();
    inspector.look({ tab });
    list.current?.querySelector<HTMLElement>(`#tab-${tab}`)?.focus();
  };
  return h(
    "div",
    { class: "tabs" },
    h(
      "div",
      { class: "tab-list", role: "tablist", "aria-label": "Views", ref: list, onKeyDown },
      tabNames.map((tab) =>
        h(
          "button",
          {
            key: tab,
            id: `tab-${tab}`,
            type: "button",
            role: "tab",
            "aria-selected": tab === chosen,
            "aria-controls": "panel",
            tabIndex: tab === chosen ? 0 : -1,
            onClick: () => inspector.look({ tab }),
          },
          titles[tab],
        ),
      ),
    ),
    h(
      "div",
      { id: "panel", class: "panel", "data-tab": chosen, role: "tabpanel", "aria-labelledby": `tab-${chosen}` },
      panel(chosen),
    ),
  );
}
