import type { RoomMessageOf } from "../../protocol/room_message.ts";
import { ClientError } from "./client_error.ts";

/** The longest JSON that is sent, in bytes. Ours: half of the longest frame that a server takes by default; a longer one ends the socket. */
export const maxJsonBytes = 131_072;

/** @throws {ClientError} `message-too-large` for a value that would end the socket. */
export function checkSize(value: unknown, what: string): void {
  const { length } = new TextEncoder().encode(JSON.stringify(value) ?? "");
  if (length > maxJsonBytes)
    throw new ClientError(
      "message-too-large",
      `Cannot ${what}: it is ${length} bytes of JSON, more than ${maxJsonBytes}`,
    );
}

/** To whom data goes, and what it is about. */
export interface DataOptions {
  readonly to?: readonly string[];
  readonly topic?: string;
}

/** The message that carries a program's data; throws as {@linkcode checkSize}. */
export function dataMessageOf(payload: unknown, { to, topic }: DataOptions): RoomMessageOf<"data"> {
  checkSize(payload, "send data");
  return {
    type: "data",
    payload: payload as RoomMessageOf<"data">["payload"],
    ...(to === undefined ? {} : { to: [...to] }),
    ...(topic === undefined ? {} : { topic }),
  };
}
