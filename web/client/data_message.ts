import type { RoomMessageOf } from "../../protocol/room_message.ts";

/** To whom data goes, and what it is about. */
export interface DataOptions {
  readonly to?: readonly string[];
  readonly topic?: string;
}

/** The message that carries a program's data. */
export function dataMessageOf(payload: unknown, { to, topic }: DataOptions): RoomMessageOf<"data"> {
  return {
    type: "data",
    payload: payload as RoomMessageOf<"data">["payload"],
    ...(to === undefined ? {} : { to: [...to] }),
    ...(topic === undefined ? {} : { topic }),
  };
}
