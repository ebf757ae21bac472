import { h, type JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Call } from "./call.ts";
import { sayTrouble } from "./trouble_words.ts";

/** Says honestly that the connection is not there and what happens next; the technical why is there for whoever opens it. */
export function TroubleView({ call, isOnline }: { readonly call: Call; readonly isOnline: boolean }): JSX.Element {
  const [explanation, setExplanation] = useState(() => call.room.explain());
  useEffect(() => {
    const timer = setInterval(() => setExplanation(call.room.explain()), 250);
    return () => clearInterval(timer);
  }, [call]);
  const [state, mediaState, wasJoined] = [call.state.value, call.mediaState.value, call.wasJoined.value];
  const isMediaBlocked = call.isMediaBlocked.value;
  const { title, next, isCheckOfUse } = sayTrouble({ isOnline, wasJoined, state, mediaState, isMediaBlocked });
  return h(
    "div",
    { class: "trouble", "data-state": state, "data-media": mediaState },
    h("span", { class: "spinner", "aria-hidden": "true" }),
    h(
      "div",
      null,
      h("p", { class: "trouble-title", role: "status" }, title),
      h("p", { class: "trouble-next" }, next),
      h("details", null, h("summary", null, "Details"), h("p", { class: "trouble-why" }, explanation)),
      isCheckOfUse
        ? h(
            "a",
            { class: "link", href: `/check#${call.room.name}`, target: "_blank", rel: "noopener" },
            "Connection check",
          )
        : null,
    ),
  );
}
