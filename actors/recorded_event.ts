import type { AnyEventObject } from "xstate";
import type { ConnectionObserved } from "../protocol/connection_observation.ts";

/**
 * About what an event takes beside its texts: itself, its place and the context that it made. Ours: 260 were measured with a context of four
 * fields, and most have more.
 */
const baseBytes = 400;
const maxDepth = 4;
/** A candidate pair with its candidates, about; a track takes less. Ours. */
const observedBytes = 400;

/** The event as it is kept: no token, and of what clients say to each other only how long it is. */
export function keptEvent(event: AnyEventObject): AnyEventObject {
  if (event.type === "message.received" || event.type === "message.sent") {
    const kept = keptMessage(event["message"]);
    return kept === event["message"] ? event : { ...event, message: kept };
  }
  if (event.type === "data.sent") return { ...event, payload: shortened(event["payload"]) };
  if (event.type === "data.received") return { ...event, message: keptMessage(event["message"]) };
  return event;
}

/** What was written for many stays text until somebody looks, but for what holds a token. */
interface WrittenMessage {
  readonly text: string;
}

function isWritten(message: object): message is WrittenMessage {
  return "text" in message && typeof message.text === "string" && !("type" in message);
}

/** A message of the protocol, in either direction, as it is kept. */
export function keptMessage(message: unknown): unknown {
  if (typeof message !== "object" || message === null) return message;
  if (isWritten(message)) {
    return /^\{"type":"(?:joined|resumed|migrate)"/.test(message.text)
      ? keptMessage(JSON.parse(message.text))
      : message;
  }
  if (!("type" in message)) return message;
  switch (message.type) {
    case "join":
    case "resume":
      return "token" in message ? { ...message, token: "[redacted]" } : message;
    case "joined":
    case "resumed":
    case "migrate":
      return { ...message, resume: "[redacted]", ...("iceServers" in message ? { iceServers: "[redacted]" } : {}) };
    case "ice-servers":
      return { ...message, iceServers: "[redacted]" };
    case "data":
      return "payload" in message ? { ...message, payload: shortened(message.payload) } : message;
    default:
      return message;
  }
}

/** The event as it is shown. */
export function shownEvent({ event, repeats }: { readonly event: AnyEventObject; readonly repeats: number }): object {
  const message: unknown = event["message"];
  const isText = typeof message === "object" && message !== null && isWritten(message);
  const shown = isText ? { ...event, message: JSON.parse(message.text) as unknown } : event;
  return repeats === 0 ? shown : { ...shown, repeats };
}

/** Whether it was told to the client, and not done or seen by the actor that it is recorded with. */
export function isTold({ event, after }: { readonly event: AnyEventObject; readonly after: unknown }): boolean {
  return after === undefined && event.type === "message.sent";
}

/** What keeping an event costs, in bytes, about: most is descriptions. */
export function weightOf(event: AnyEventObject): number {
  // What actors are made with is mostly the settings, which all have in common.
  if (event.type === "xstate.init") return baseBytes;
  const message: unknown = event["message"];
  if (typeof message === "object" && message !== null && isWritten(message)) return baseBytes + message.text.length;
  if (event.type === "connection.observed") {
    const { pairs, tracks } = (event as ConnectionObserved).observation;
    return baseBytes + observedBytes * (pairs.length + tracks.length);
  }
  return baseBytes + textLengthOf(event, maxDepth);
}

function textLengthOf(value: unknown, depth: number): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null || depth === 0) return 0;
  let length = 16;
  for (const key in value) length += textLengthOf((value as Record<string, unknown>)[key], depth - 1);
  return length;
}

function shortened(payload: unknown): string {
  return `[${JSON.stringify(payload)?.length ?? 0} characters]`;
}
