import { messageOf } from "../events/event_kind.ts";
import { indexAtOrBefore } from "../events/order_steps.ts";
import type { Step, StepEvent } from "../model/step.ts";

/** A session description in an event. */
export interface ToldDescription {
  /** Who made it. */
  readonly side: "client" | "server";
  readonly type: string;
  readonly sdp: string;
}

const byEvent: Readonly<Record<string, readonly [ToldDescription["side"], string]>> = {
  "remote.offered": ["client", "offer"],
  "remote.answered": ["client", "answer"],
  "remote.pranswered": ["client", "pranswer"],
};

/** The description that an event holds; null for another event. */
export function descriptionOf(event: StepEvent): ToldDescription | null {
  const message = messageOf(event);
  if (message !== null) return read(message, event.type === "message.received" ? "client" : "server");
  const [side, type] = byEvent[event.type] ?? [];
  if (side !== undefined) return read({ type, sdp: event["sdp"] }, side);
  return event.type === "localDescription.created" ? read(event["description"], "server") : null;
}

function read(value: unknown, side: ToldDescription["side"]): ToldDescription | null {
  if (typeof value !== "object" || value === null || !("sdp" in value) || !("type" in value)) return null;
  const { type, sdp } = value;
  return typeof sdp === "string" && typeof type === "string" ? { side, type, sdp } : null;
}

/**
 * The last other description of the same side before a step, of the same peer connection: what this one is compared with. Null where
 * it is the first. `steps` are those of the session, in true order.
 */
export function descriptionBefore(
  steps: readonly Step[],
  step: Step,
): { readonly told: ToldDescription; readonly step: Step } | null {
  const told = descriptionOf(step.event);
  if (told === null) return null;
  for (let index = indexAtOrBefore(steps, step); index >= 0; index -= 1) {
    const each = steps[index];
    if (each === undefined || (each.node === step.node && each.seq === step.seq)) continue;
    if (isOfAnotherPeer(each)) return null;
    const before = descriptionOf(each.event);
    // The same text goes from actor to actor.
    if (before !== null && before.side === told.side && before.sdp !== told.sdp) return { told: before, step: each };
  }
  return null;
}

/** A peer connection begins or ends: what was described before it was of another one. */
function isOfAnotherPeer({ event, actorId }: Step): boolean {
  if (event.type === "peer.left" || event.type.startsWith("xstate.done.actor.")) return true;
  return event.type === "xstate.init" && actorId.split("/").length === 3;
}

/** The candidate that an event holds: its text, and the section that it is of; null for another event, and for the end of candidates. */
export function candidateOf(event: StepEvent): { readonly text: string; readonly mid: string | null } | null {
  const holder = messageOf(event) ?? event;
  const candidate = holder["candidate"];
  if (typeof candidate === "string") return candidate === "" ? null : { text: candidate, mid: null };
  if (typeof candidate !== "object" || candidate === null || !("candidate" in candidate)) return null;
  const { candidate: text } = candidate;
  const mid = "sdpMid" in candidate && typeof candidate.sdpMid === "string" ? candidate.sdpMid : null;
  return typeof text === "string" && text !== "" ? { text, mid } : null;
}
