import { h, type JSX } from "preact";
import { brand } from "../../call/icon.ts";
import type { Inspector } from "../model/inspector.ts";
import { stateWords } from "../model/state_words.ts";
import { CopyLink } from "./copy_link.ts";
import { FilterView } from "./filter_view.ts";
import { icon } from "./icons.ts";
import { StatusView } from "./status_view.ts";

/** Where one is, the nodes of the cluster, and whether what is shown is what happens. */
export function HeaderView({ inspector }: { readonly inspector: Inspector }): JSX.Element {
  const isLive = inspector.isLive.value;
  return h(
    "header",
    { class: "top" },
    h("a", { class: "home", href: "/", title: "To the call" }, brand()),
    h("h1", null, "Inspector"),
    h(NodesView, { inspector }),
    h("span", { class: "space" }),
    h(StatusView, { inspector }),
    h(FilterView, { inspector }),
    h(
      "button",
      {
        type: "button",
        class: "button",
        "data-action": "follow",
        "aria-pressed": !isLive,
        "aria-keyshortcuts": "p",
        title: isLive ? "Stand still (p)" : "Go on with what happened meanwhile (p)",
        onClick: () => inspector.follow(!isLive),
      },
      icon(isLive ? "pause" : "play"),
      h("span", null, isLive ? "Pause" : "Go on"),
    ),
    h(CopyLink, { link: () => inspector.link }),
  );
}

/** Each node with its state and how many people are on it; a click looks at it. */
function NodesView({ inspector }: { readonly inspector: Inspector }): JSX.Element {
  inspector.shape.value;
  inspector.version.value;
  const people = new Map<string, number>();
  for (const { node, kind, endedAt } of inspector.record.actors.values()) {
    const isPerson = kind === "session" && endedAt === undefined;
    people.set(node, (people.get(node) ?? 0) + (isPerson ? 1 : 0));
  }
  const nodes = [...people].toSorted(([a], [b]) => a.localeCompare(b, "en", { numeric: true }));
  return h(
    "nav",
    { class: "nodes", "aria-label": "Nodes" },
    nodes.map(([node, count]) => {
      const actor = inspector.record.actors.get(`${node}/node`);
      const words = actor === undefined ? null : stateWords(actor, actor.state);
      const state = words?.text ?? "unknown";
      return h(
        "button",
        {
          key: node,
          type: "button",
          class: "node",
          "data-tone": words?.tone ?? "idle",
          title: `${node}: ${state}, ${count} ${count === 1 ? "person" : "people"}`,
          onClick: () => inspector.select(`${node}/node`),
        },
        h("i", { class: "dot", "aria-hidden": "true" }),
        h("b", null, node),
        h("span", { class: "spoken" }, ` ${state}, people: `),
        h("span", { class: "detail" }, count),
      );
    }),
  );
}
