import type { RoomMessageOf } from "../../protocol/room_message.ts";
import { ClientError } from "./client_error.ts";

/** The longest JSON that is sent, in bytes. Ours: half of the longest frame that a server takes by default; a longer one ends the socket. */
export const maxJsonBytes = 131_072;

/** @throws {ClientError} `bad-message` for what JSON cannot hold, `message-too-large` for a value that would end the socket. */
export function checkJson(value: unknown, what: string): void {
  const { length } = new TextEncoder().encode(jsonOf(value, what));
  if (length > maxJsonBytes)
    throw new ClientError(
      "message-too-large",
      `Cannot ${what}: it is ${length} bytes of JSON; say it in parts of ${maxJsonBytes} at most`,
    );
}

function jsonOf(value: unknown, what: string): string {
  let cause: unknown;
  try {
    // Undefined for undefined, functions and symbols.
    const json = JSON.stringify(value) as string | undefined;
    if (json !== undefined) return json;
  } catch (error) {
    cause = error;
  }
  throw new ClientError("bad-message", `Cannot ${what}: it is no JSON; give what JSON.stringify takes`, { cause });
}

/** To whom data goes, and what it is about. */
export interface DataOptions {
  readonly to?: readonly string[];
  readonly topic?: string;
}

/** The message that carries a program's data; throws as {@linkcode checkJson}. */
export function dataMessageOf(payload: unknown, { to, topic }: DataOptions): RoomMessageOf<"data"> {
  checkJson(payload, "send data");
  if (to !== undefined && !Array.isArray(to))
    throw new ClientError("bad-message", "Cannot send data: to is no array; give the ids of peers");
  // JSON leaves out what is undefined.
  return { type: "data", payload, to, topic } as RoomMessageOf<"data">;
}
