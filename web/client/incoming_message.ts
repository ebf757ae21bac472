import type { RoomServerMessage, ServerMessage } from "../../protocol/server_message.ts";

/** The answer to `join`; `resume` when the server can take the session up again. */
export type Joined = Extract<RoomServerMessage, { readonly type: "joined" }> & { readonly resume?: string };

/** The answer to `resume`: `fresh` when the peer connection is gone and a new one is needed. */
export type Resumed = Omit<Joined, "type"> & { readonly type: "resumed"; readonly fresh: boolean };

/** What the server says. It is believed as far as its own client may: a field that is missing makes nothing worse than an error. */
export type IncomingMessage = Exclude<ServerMessage, { readonly type: "joined" }> | Joined | Resumed;

/** Reads a frame; null where it is no message (a newer server may say what this client does not know: that is skipped later). */
export function parseIncoming(text: unknown): IncomingMessage | null {
  try {
    const value: unknown = JSON.parse(String(text));
    const isMessage = typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
    return isMessage ? (value as IncomingMessage) : null;
  } catch {
    return null;
  }
}
