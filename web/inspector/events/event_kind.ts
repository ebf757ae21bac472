import type { StepEvent } from "../model/step.ts";

/** What an event is about, for its color: descriptions and what makes them, ICE, DTLS, rooms, time limits, failures, measurements, or the machinery alone. */
export type EventKind = "signalling" | "ice" | "dtls" | "room" | "timer" | "error" | "observed" | "internal";

/** All of them, in the order of a legend, each in the words for it. */
export const eventKinds: readonly (readonly [EventKind, string])[] = [
  ["signalling", "signalling"],
  ["ice", "ICE"],
  ["dtls", "DTLS"],
  ["room", "room"],
  ["timer", "timer"],
  ["error", "error"],
  ["observed", "measured"],
  ["internal", "internal"],
];

const byType: readonly (readonly [RegExp, EventKind])[] = [
  [/^xstate\.(?:init|stop|done|snapshot|promise)\b/, "internal"],
  // Between nodes, each two seconds.
  [/^part\.beat$/, "internal"],
  [/^xstate\.after\b/, "timer"],
  [/^error$|^xstate\.error\b|\.(?:failed|refused|crashed|lost)$|^(?:transport|part)\.silent$/, "error"],
  [/^connection\.observed$/, "observed"],
  [/^(?:candidate|iceRestart|gathering|ice|transport)(?:\.|$)/, "ice"],
  [/^dtls\./, "dtls"],
  [
    /^(?:offer|answer|pranswer|bye|rollback)(?:\.|$)|^(?:localDescription|remoteDescription|description|negotiation|signalling)\.|^remote\.(?:offered|answered|pranswered|rolledBack|describ|dismissed)/,
    "signalling",
  ],
  [/^xstate\./, "internal"],
];

/** What an event is about; a message of a client is judged by what it says. */
export function kindOfEvent(event: StepEvent): EventKind {
  const known = kinds.get(event);
  if (known !== undefined) return known;
  const kind = readKind(event);
  kinds.set(event, kind);
  return kind;
}

/** Events never change, and are drawn with each batch that comes. */
const kinds = new WeakMap<StepEvent, EventKind>();

function readKind(event: StepEvent): EventKind {
  const type = messageTypeOf(event) ?? event.type;
  if (/^(?:ice|dtls)\./.test(type) && event["state"] === "failed") return "error";
  return byType.find(([pattern]) => pattern.test(type))?.[1] ?? "room";
}

/** The type of the message that a client said or was told; null for another event. */
export function messageTypeOf(event: StepEvent): string | null {
  const message = messageOf(event);
  return message !== null && typeof message["type"] === "string" ? message["type"] : null;
}

/** The message that a client said or was told; null for another event. */
export function messageOf(event: StepEvent): Readonly<Record<string, unknown>> | null {
  if (event.type !== "message.received" && event.type !== "message.sent") return null;
  const message = event["message"];
  return typeof message === "object" && message !== null ? (message as Readonly<Record<string, unknown>>) : null;
}
