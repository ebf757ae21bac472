import { h, type JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Call } from "./call.ts";
import { icon } from "./icon.ts";
import { sayWay } from "./media_way.ts";
import { sayQuality } from "./quality_words.ts";
import { statsRows } from "./stats_rows.ts";

/** One's own statistics, in a small panel. */
export function StatsView({ call, close }: { readonly call: Call; readonly close: () => void }): JSX.Element {
  const stats = call.stats.value;
  const [way, setWay] = useState<string | null>(null);
  // A sender's report holds the pair that it sends over; who sends nothing is told no way.
  useEffect(() => {
    const [track] = call.room.localTracks;
    void track?.getStats().then(
      (report) => setWay(report === undefined ? null : sayWay(report)),
      () => setWay(null),
    );
  }, [call, stats]);
  const own = call.people.value.find(({ isSelf }) => isSelf)?.quality ?? "unknown";
  return h(
    "section",
    { class: "stats", "aria-labelledby": "stats-title" },
    h(
      "header",
      null,
      h("h2", { id: "stats-title" }, "Your connection"),
      h(
        "button",
        { type: "button", class: "square", "aria-label": "Close statistics", title: "Close (Esc)", onClick: close },
        icon("close"),
      ),
    ),
    h("p", { class: "quiet" }, sayQuality(own).text),
    stats === null
      ? h("p", { class: "quiet" }, "Nothing was measured yet.")
      : h(
          "dl",
          null,
          [["Way", way ?? "–"] as const, ...statsRows(stats)].map(([what, value]) =>
            h("div", { key: what }, h("dt", null, what), h("dd", null, value)),
          ),
        ),
    h(
      "a",
      { class: "link", href: `/check#${call.room.name}`, target: "_blank", rel: "noopener" },
      icon("pulse"),
      "Connection check",
    ),
    isOnThisMachine(location.hostname) ? inspectorLink(call.room.name) : null,
  );
}

/** Who is on the node's machine may look inside; others would need the operator's token. */
function isOnThisMachine(host: string): boolean {
  return /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(host);
}

function inspectorLink(room: string): JSX.Element {
  const href = `/inspector?room=${encodeURIComponent(room)}`;
  return h("a", { class: "link", href, target: "_blank", rel: "noopener" }, icon("statistics"), "Inspector");
}
