import type { AnyEventObject } from "xstate";
import { recordBounds } from "../protocol/connection_record.ts";
import { redact } from "../protocol/redact.ts";
import type { ActorRecord, RecordedEvent, RecordedState } from "./actor_record.ts";
import { keptMessage, shownEvent } from "./recorded_event.ts";

// How what was recorded is shown, by `/inspect` and in a file: whose it is, without secrets, and bounded.

/** Whether an actor is about one of these: clients, or peer connections. */
export function isAbout({ labels: { peers: clients }, address, kind }: ActorRecord, peers: readonly string[]): boolean {
  if (clients === undefined) return false;
  const names = address.split("/");
  // What is below a peer connection is called as its machine is.
  return peers.some((id) => clients.includes(id) || (id !== kind && names.includes(id)));
}

/** An event, with how often it was repeated. */
export function writtenEvent(event: RecordedEvent): { readonly type: string } {
  return redact(shownEvent(event), recordBounds) as { readonly type: string };
}

/** A state; `value` and `context` are undefined for what is no machine. */
export function writtenState({ status, value, context }: RecordedState) {
  return { status, value: redact(value, recordBounds), context: redact(shownContext(context), recordBounds) };
}

/** A session keeps what its client says while it is on its way into a room: that is not shown here either. */
function shownContext(context: unknown): unknown {
  if (typeof context !== "object" || context === null || !("waiting" in context)) return context;
  const { waiting } = context;
  if (typeof waiting !== "object" || waiting === null || !("messages" in waiting)) return context;
  const { messages } = waiting;
  if (!Array.isArray(messages) || messages.length === 0) return context;
  return {
    ...context,
    waiting: { ...waiting, messages: messages.map((message: AnyEventObject) => keptMessage(message)) },
  };
}
