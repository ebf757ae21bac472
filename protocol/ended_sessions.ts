import Type, { type Static } from "typebox";
import { Compile } from "typebox/compile";
import { Id } from "./room.ts";

// Which sessions were ended for good, as JSON: what just happened on the subject `cluster("ended")`, all that a node remembers as its answer
// on `node(origin, "ended")`.

/** The session, its epoch at its end, and until when (milliseconds since 1970) one of its tokens may still be believed. */
const Ended = Type.Tuple([Id, Type.Integer({ minimum: 1 }), Type.Integer({ minimum: 0 })]);

const v = Type.Literal(1);

const schemas = {
  /** A request: tell me all that you remember. */
  ask: Type.Object({ v, type: Type.Literal("ask") }),
  /** Whom the server put out, and who left. */
  ended: Type.Object({ v, type: Type.Literal("ended"), kicked: Type.Array(Ended), left: Type.Array(Ended) }),
};

/** A session that was ended for good: none of its tokens up to this epoch is worth anything. */
export interface EndedSession {
  readonly session: string;
  readonly epoch: number;
  readonly untilMs: number;
}

/** Sessions that were ended for good, by why. */
export interface EndedLists {
  readonly kicked: readonly EndedSession[];
  readonly left: readonly EndedSession[];
}

const validator = Compile(Type.Union([schemas.ask, schemas.ended]));
const encoder = new TextEncoder();

export function encodeEndedQuestion(): Uint8Array {
  return encoder.encode(JSON.stringify({ v: 1, type: "ask" }));
}

/** As many as fit, those who were put out before those who left, and the first of each before the last. */
export function encodeEnded({ kicked, left }: EndedLists, maxBytes: number): Uint8Array {
  // Ids and numbers are ASCII.
  let bytes = '{"v":1,"type":"ended","kicked":[],"left":[]}'.length;
  const fitting = (sessions: readonly EndedSession[]): string[] => {
    const texts: string[] = [];
    for (const { session, epoch, untilMs } of sessions) {
      const text = JSON.stringify([session, epoch, untilMs]);
      bytes += text.length + 1;
      if (bytes > maxBytes) break;
      texts.push(text);
    }
    return texts;
  };
  return encoder.encode(`{"v":1,"type":"ended","kicked":[${fitting(kicked)}],"left":[${fitting(left)}]}`);
}

/** `undefined` for what is none, or one of another version. */
export function parseEnded(payload: Uint8Array): "ask" | EndedLists | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(payload));
    if (!validator.Check(value)) return undefined;
    return value.type === "ask" ? "ask" : { kicked: value.kicked.map(named), left: value.left.map(named) };
  } catch {
    return undefined;
  }
}

function named([session, epoch, untilMs]: Readonly<Static<typeof Ended>>): EndedSession {
  return { session, epoch, untilMs };
}
