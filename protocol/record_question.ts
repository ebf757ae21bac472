import Type, { type Static } from "typebox";
import { Compile } from "typebox/compile";
import { Id } from "./room.ts";

// What a node asks another one for of what it recorded, on the subject `node(origin, "records")`. An answer may be longer than a message of the
// bus: it comes in parts, each asked for.

const v = Type.Literal(1);
const schema = Type.Object({
  v,
  /** The same in the questions for all parts of an answer. */
  ask: Id,
  /** Which part, from 0. */
  part: Type.Integer({ minimum: 0, maximum: 65_535 }),
  /** The id of a client or of a peer connection; none for the list of clients. */
  peer: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
});

export type RecordQuestion = Readonly<Static<typeof schema>>;

const headerSchema = Type.Object({ v, parts: Type.Integer({ minimum: 0, maximum: 65_536 }) });
const validator = Compile(schema);
const headerValidator = Compile(headerSchema);

export function encodeRecordQuestion(question: Omit<RecordQuestion, "v">): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ v: 1, ...question }));
}

/** Undefined for what is none, or one of another version. */
export function parseRecordQuestion(bytes: Uint8Array): RecordQuestion | undefined {
  const value = parsed(bytes);
  return validator.Check(value) ? value : undefined;
}

/** A part of an answer. */
export interface RecordPart {
  /** How many there are; 0 from a node that has no answer: it has too many to give, or what was asked for is forgotten. */
  readonly parts: number;
  readonly bytes: Uint8Array;
}

/** The longest header, with the line break behind it. */
export const recordHeaderBytes = 64;

/** One line that says how many parts there are, then a piece of the whole. */
export function encodeRecordPart({ parts, bytes }: RecordPart): Uint8Array {
  const header = new TextEncoder().encode(`${JSON.stringify({ v: 1, parts })}\n`);
  const part = new Uint8Array(header.length + bytes.length);
  part.set(header);
  part.set(bytes, header.length);
  return part;
}

/** Undefined for what is none. */
export function parseRecordPart(payload: Uint8Array): RecordPart | undefined {
  const end = payload.indexOf(0x0a);
  if (end < 0 || end >= recordHeaderBytes) return undefined;
  const header = parsed(payload.subarray(0, end));
  if (!headerValidator.Check(header)) return undefined;
  return { parts: header.parts, bytes: payload.subarray(end + 1) };
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
