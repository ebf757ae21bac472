import Type, { type Static } from "typebox";
import { Compile } from "typebox/compile";

// What a client comes back with when its socket dropped: all that a node must know to take it up again, so that no node has to
// remember it. It is signed; to the client it is a word.

const schema = Type.Object({
  /** The session, and the peer's id in its room. */
  session: Type.String(),
  room: Type.String(),
  name: Type.String(),
  /**
   * Of two that claim the session, the one with the higher number has it: 1 when it is new, then the time at which its client came back, in
   * milliseconds since 1970, or one more than before where clocks disagree.
   */
  epoch: Type.Integer({ minimum: 1 }),
  /** The start of a node that had the session when this was signed. */
  node: Type.String(),
  isSubscribing: Type.Boolean(),
  /** The session's node wants it to be taken up elsewhere, and is not to be asked for it. */
  isMoving: Type.Optional(Type.Boolean()),
  /** Milliseconds since 1970 until which a node that never knew the session believes this. */
  expiresAtMs: Type.Number(),
});

/** What a resume token says. */
export type ResumeClaim = Readonly<Static<typeof schema>>;

const validator = Compile(schema);

/** Whether a value is a claim. */
export function isResumeClaim(value: unknown): value is ResumeClaim {
  return validator.Check(value);
}
