import Type, { type Static } from "typebox";
import { Compile } from "typebox/compile";
import { Ref } from "./ref.ts";
import { Id } from "./room.ts";

// What travels between the node that has a client's socket (its edge) and the node that has the client's session (its home): a line of
// JSON, the head, and behind it what the client or the server said, as it is. On the subject `node(origin, "home")` to the home, on
// `node(origin, "edge")` to the edge.

/** More sockets than this are told of in several frames. */
export const maxHeldSockets = 1_000;

const head = {
  v: Type.Literal(1),
  /** The start of a node that sends this. */
  from: Id,
};
const ofSocket = { ...head, socket: Id };
const numbered = {
  ...ofSocket,
  /** Counts the frames of a socket and direction from 1. */
  n: Type.Integer({ minimum: 1 }),
  /** Another part of the message follows. */
  isPart: Type.Optional(Type.Literal(true)),
};
/** The sockets that the sender holds for the other one, and how many numbered frames it has sent for each. */
const held = Type.Object({
  ...head,
  type: Type.Literal("held"),
  sockets: Type.Array(Type.Tuple([Id, Type.Integer({ minimum: 0 })]), { maxItems: maxHeldSockets }),
});

const toHome = {
  /** The client of a socket comes back to its session. */
  attach: Type.Object({
    ...ofSocket,
    type: Type.Literal("attach"),
    token: Type.String({ maxLength: 4_096 }),
    address: Type.String({ maxLength: 64 }),
    ref: Type.Optional(Ref),
  }),
  /** The client said something. */
  message: Type.Object({ ...numbered, type: Type.Literal("message") }),
  /** The socket is closed. */
  closed: Type.Object({
    ...ofSocket,
    type: Type.Literal("closed"),
    code: Type.Integer({ minimum: 0, maximum: 4_999 }),
  }),
  held,
};

const toEdge = {
  /** The client is told something. */
  text: Type.Object({ ...numbered, type: Type.Literal("text") }),
  /** The client is told an error, which its edge counts. */
  error: Type.Object({ ...numbered, type: Type.Literal("error") }),
  /** The socket is to be closed. */
  close: Type.Object({
    ...ofSocket,
    type: Type.Literal("close"),
    code: Type.Integer({ minimum: 1_000, maximum: 4_999 }),
    reason: Type.String({ maxLength: 123 }),
  }),
  held,
};

type Heads<S extends Readonly<Record<string, Type.TSchema>>> = { readonly [K in keyof S]: Readonly<Static<S[K]>> };
/** The heads of what a home gets, by type. */
export type HomeFrames = Heads<typeof toHome>;
/** The heads of what an edge gets, by type. */
export type EdgeFrames = Heads<typeof toEdge>;
export type HomeFrame = HomeFrames[keyof HomeFrames];
export type EdgeFrame = EdgeFrames[keyof EdgeFrames];
/** A head whose body is a message, or a part of one. */
export type NumberedFrame = HomeFrames["message"] | EdgeFrames["text"] | EdgeFrames["error"];
/** The sockets that somebody holds. */
export type HeldFrame = HomeFrames["held"];

/** A frame that was read. The body is a view of its bytes. */
export interface ReadFrame<H> {
  readonly head: H;
  readonly body: Uint8Array;
}

const homeValidator = Compile(Type.Union([toHome.attach, toHome.message, toHome.closed, held]));
const edgeValidator = Compile(Type.Union([toEdge.text, toEdge.error, toEdge.close, held]));

const lineFeed = 0x0a;
const noBody = new Uint8Array();

/** Longest head of a numbered frame, in bytes. */
export const maxNumberedHeadBytes = 512;

export function encodeSignallingFrame(frame: HomeFrame | EdgeFrame, body: Uint8Array = noBody): Uint8Array {
  const line = new TextEncoder().encode(`${JSON.stringify(frame)}\n`);
  if (body.length === 0) return line;
  const bytes = new Uint8Array(line.length + body.length);
  bytes.set(line);
  bytes.set(body, line.length);
  return bytes;
}

/** Undefined for what is none, or one of another version. */
export function parseHomeFrame(bytes: Uint8Array): ReadFrame<HomeFrame> | undefined {
  const frame = readFrame(bytes);
  return frame !== undefined && homeValidator.Check(frame.head) ? { head: frame.head, body: frame.body } : undefined;
}

/** As {@linkcode parseHomeFrame}. */
export function parseEdgeFrame(bytes: Uint8Array): ReadFrame<EdgeFrame> | undefined {
  const frame = readFrame(bytes);
  return frame !== undefined && edgeValidator.Check(frame.head) ? { head: frame.head, body: frame.body } : undefined;
}

function readFrame(bytes: Uint8Array): ReadFrame<unknown> | undefined {
  const end = bytes.indexOf(lineFeed);
  if (end < 0) return undefined;
  try {
    return { head: JSON.parse(new TextDecoder().decode(bytes.subarray(0, end))), body: bytes.subarray(end + 1) };
  } catch {
    return undefined;
  }
}
