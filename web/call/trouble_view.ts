import { h, type JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Call } from "./call.ts";

const offline =
  "Your device says that it has no network. The call goes on by itself as soon as there is one: nothing has to be loaded again.";

/** Says honestly that the connection is not there, why, and what happens next. */
export function TroubleView({ call, isOnline }: { readonly call: Call; readonly isOnline: boolean }): JSX.Element {
  const [explanation, setExplanation] = useState(() => call.room.explain());
  useEffect(() => {
    const timer = setInterval(() => setExplanation(call.room.explain()), 250);
    return () => clearInterval(timer);
  }, [call]);
  return h(
    "div",
    { class: "trouble", "data-state": call.state.value, "data-media": call.mediaState.value },
    h("span", { class: "spinner", "aria-hidden": "true" }),
    h(
      "div",
      null,
      h("p", { class: "trouble-title", role: "status" }, isOnline ? titleOf(call) : "You are offline"),
      h("p", { class: "trouble-why" }, isOnline ? explanation : offline),
    ),
  );
}

function titleOf(call: Call): string {
  if (!call.wasJoined.value) return "Joining…";
  if (call.state.value !== "joined") return "Connection lost. Reconnecting…";
  if (call.mediaState.value === "connecting") return "Connecting sound and picture…";
  return "No sound or picture gets through. Trying another way…";
}
