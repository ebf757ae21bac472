import type { StepEvent } from "../model/step.ts";
import { messageOf } from "./event_kind.ts";

/** The name of an event as short as it can be said: a message by what it says, a time limit by its name, with the state or candidate that it tells. */
export function labelOfEvent(event: StepEvent): string {
  const known = labels.get(event);
  if (known !== undefined) return known;
  const label = readLabel(event);
  labels.set(event, label);
  return label;
}

/** The same where nothing beside it tells who said it to whom. */
export function eventWords(event: StepEvent): string {
  const verb = { "message.sent": "told ", "message.received": "said " }[event.type] ?? "";
  return verb + labelOfEvent(event);
}

/** Events never change, and are drawn with each batch that comes. */
const labels = new WeakMap<StepEvent, string>();

function readLabel(event: StepEvent): string {
  const message = messageOf(event);
  const said = message ?? event;
  const name = typeof said["type"] === "string" ? said["type"] : event.type;
  const timer = /^xstate\.after\.([^.]+)\./.exec(name)?.[1];
  if (timer !== undefined) return /^\d+$/.test(timer) ? `after ${timer} ms` : timer;
  if (name === "xstate.init") return "start";
  if (name === "xstate.stop") return "stop";
  const ended = /^xstate\.(done|error)\.(?:actor|state)\.(.*)$/.exec(name);
  if (ended !== null) return ended[1] === "done" ? `${ended[2]} ended` : `${ended[2]} failed`;
  const detail = detailOf(name, said);
  return detail === "" ? name : `${name} ${detail}`;
}

function detailOf(name: string, said: Readonly<Record<string, unknown>>): string {
  if (/^candidate(?:\.|$)/.test(name) && "candidate" in said) return candidateWords(said["candidate"]);
  const change = said["change"];
  if (typeof change === "object" && change !== null) return "left" in change ? "left" : "";
  for (const field of ["state", "code", "layer"]) {
    const value = said[field];
    if (typeof value === "string") return value;
  }
  return "";
}

/** In a message the candidate is an object or a text, and null at the end. */
function candidateWords(candidate: unknown): string {
  const text =
    typeof candidate === "object" && candidate !== null && "candidate" in candidate ? candidate.candidate : candidate;
  if (text === null || text === "") return "(end)";
  if (typeof text !== "string") return "";
  const [, protocol = "", type = ""] = /^(?:a=)?(?:candidate:)?\S+ \d+ (\S+) .* ?typ (\S+)/.exec(text) ?? [];
  return `${type} ${protocol.toLowerCase()}`.trim();
}
