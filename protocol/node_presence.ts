import Type, { type Static } from "typebox";
import { Compile } from "typebox/compile";
import { Id } from "./room.ts";

// What nodes tell each other of themselves, as JSON, on the subject `cluster("nodes")`.

const schema = Type.Object({
  v: Type.Literal(1),
  /** This start of the node: another one has another. */
  origin: Id,
  /** What the node is called; two starts of it have the same. */
  node: Id,
  /** `gone` is the last word of a node that stops. */
  state: Type.Union([Type.Literal("ready"), Type.Literal("draining"), Type.Literal("gone")]),
  /** Clients that it has. */
  sessions: Type.Integer({ minimum: 0 }),
  /** By the fastest clock that it heard of, in milliseconds since 1970; absent from nodes of before there was such a thing. */
  timeMs: Type.Optional(Type.Integer({ minimum: 0 })),
  /** It does not know who is there: whoever hears this says so at once. */
  isAsking: Type.Optional(Type.Boolean()),
});

/** What a node says of itself. */
export type NodePresence = Readonly<Static<typeof schema>>;

const validator = Compile(schema);

export function encodeNodePresence(presence: Omit<NodePresence, "v">): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ v: 1, ...presence }));
}

/** Undefined for what is none, or one of another version. */
export function parseNodePresence(bytes: Uint8Array): NodePresence | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return validator.Check(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
