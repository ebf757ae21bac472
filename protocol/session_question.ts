import Type, { type Static } from "typebox";
import { Compile } from "typebox/compile";
import { Id } from "./room.ts";

// What nodes ask each other about sessions, as JSON: on the subject `session(id, "resume")` whoever has the session, on
// `node(origin, "sessions")` one start of a node.

const v = Type.Literal(1);

const schemas = {
  /** A request: whether the session is in a room there. */
  locate: Type.Object({ v, type: Type.Literal("locate"), session: Id }),
  /** Answers it. */
  located: Type.Object({ v, type: Type.Literal("located"), origin: Id, isHere: Type.Boolean() }),
  /** A node has the session, taken up under an epoch: of two the one with the higher has it. */
  claim: Type.Object({ v, type: Type.Literal("claim"), origin: Id, epoch: Type.Integer({ minimum: 1 }) }),
};

type Messages = { readonly [K in keyof typeof schemas]: Readonly<Static<(typeof schemas)[K]>> };
/** A message about a session. */
export type SessionQuestion = Messages[keyof Messages];

const validator = Compile(Type.Union([schemas.locate, schemas.located, schemas.claim]));

export function encodeSessionQuestion<T extends keyof Messages>(
  type: T,
  fields: Omit<Messages[T], "v" | "type">,
): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ v: 1, type, ...fields }));
}

/** Undefined for what is none, or one of another version. */
export function parseSessionQuestion(bytes: Uint8Array): SessionQuestion | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return validator.Check(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
