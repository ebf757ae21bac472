import Type, { type Static } from "typebox";
import { Ref } from "./ref.ts";
import { Id, Json, Name } from "./room.ts";

const ref = Type.Optional(Ref);

/** Longest token; a JWT with a signature of 4,096 bits and generous claims stays below. Ours. */
const maxTokenLength = 4_096;

/** The schema of each message about a room that a client may send, by its `type`. */
export const roomMessageSchemas = {
  join: Type.Object({
    type: Type.Literal("join"),
    room: Id,
    name: Type.Optional(Name),
    metadata: Type.Optional(Json),
    token: Type.Optional(Type.String({ maxLength: maxTokenLength })),
    subscribe: Type.Optional(Type.Union([Type.Literal("all"), Type.Literal("none")])),
    ref,
  }),
  leave: Type.Object({ type: Type.Literal("leave"), ref }),
  resume: Type.Object({ type: Type.Literal("resume"), token: Type.String({ maxLength: maxTokenLength }), ref }),
  subscribe: Type.Object({
    type: Type.Literal("subscribe"),
    track: Id,
    layer: Type.Optional(Type.Union([Type.String({ maxLength: 64 }), Type.Null()])),
    ref,
  }),
  unsubscribe: Type.Object({ type: Type.Literal("unsubscribe"), track: Id, ref }),
  mute: Type.Object({ type: Type.Literal("mute"), track: Id, muted: Type.Boolean(), ref }),
  metadata: Type.Object({ type: Type.Literal("metadata"), metadata: Json, ref }),
  data: Type.Object({
    type: Type.Literal("data"),
    // The largest number of peers that can be configured for a room.
    to: Type.Optional(Type.Array(Id, { minItems: 1, maxItems: 1_000 })),
    topic: Type.Optional(Type.String({ maxLength: 64 })),
    payload: Json,
    ref,
  }),
};

/** Every message about a room that a client may send (the protocol page, "Rooms"). */
export type RoomMessage = {
  [K in keyof typeof roomMessageSchemas]: Static<(typeof roomMessageSchemas)[K]>;
}[keyof typeof roomMessageSchemas];

/** The message of one type. */
export type RoomMessageOf<T extends RoomMessage["type"]> = Extract<RoomMessage, { readonly type: T }>;

/** Whether a message is about a room, by its type. */
export function isRoomMessage(message: { readonly type: string }): message is RoomMessage {
  return Object.hasOwn(roomMessageSchemas, message.type);
}
