import type { MachineName } from "./echo_event.ts";
import type { Tone } from "./status_line.ts";

const tones: Readonly<Record<string, Tone>> = {
  new: "idle",
  closed: "idle",
  gathering: "working",
  checking: "working",
  connecting: "working",
  "have-local-offer": "working",
  "have-remote-offer": "working",
  "have-local-pranswer": "working",
  "have-remote-pranswer": "working",
  open: "good",
  stable: "good",
  complete: "good",
  completed: "good",
  connected: "good",
  disconnected: "warn",
  failed: "bad",
};

/** The color of a state. `stable` is where a negotiation begins, too: before the first offer it says nothing yet. */
export function toneOfState(machine: MachineName, state: string, isFirst: boolean): Tone {
  if (machine === "signaling" && isFirst) return "idle";
  return tones[state] ?? "idle";
}
