import { Value } from "typebox/value";
import { type ClientMessage, clientMessageSchemas } from "./client_message.ts";

/** Messages that cannot be worked on yet, in their order. */
export interface WaitingMessages {
  readonly messages: readonly ClientMessage[];
  /** Of all of them as JSON, in characters. */
  readonly length: number;
}

/** Nothing waits. */
export const noWaitingMessages: WaitingMessages = { messages: [], length: 0 };

/** The messages with one more, of which only what its schema names is kept: what nobody asked for could be long. */
export function withMessage({ messages, length }: WaitingMessages, message: ClientMessage): WaitingMessages {
  const kept = Value.Clean(clientMessageSchemas[message.type], { ...message }) as ClientMessage;
  return { messages: [...messages, kept], length: length + JSON.stringify(kept).length };
}
