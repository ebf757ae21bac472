import Type, { type Static } from "typebox";
import { Compile } from "typebox/compile";
import type { RedactBounds } from "./redact.ts";
import { SignalboxError } from "./signalbox_error.ts";

// What is recorded of a client and its peer connections, as a file: `GET /api/v1/peers/{id}/record`.

/** What a reader has to know; another one is refused. */
export const recordFormat = "signalbox.record/1";

/** How much of a value is written. Descriptions whole, as long as a frame of a client can be. Ours. */
export const recordBounds: RedactBounds = { maxStringLength: 262_144, maxArrayLength: 1_024, maxDepth: 12 };

interface RecordedFields {
  type: string;
  [field: string]: unknown;
}

/** Milliseconds that a `Date` can hold (ECMA-262, 21.4.1.1). */
const Time = Type.Number({ minimum: -8.64e15, maximum: 8.64e15 });
/** As `Date.toISOString` writes it. */
const IsoTime = Type.String({
  pattern: "^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])T([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d",
});
const State = Type.Object({
  /** `active`, `done`, `error` or `stopped`. */
  status: Type.String(),
  /** Neither for an actor that is no machine. */
  value: Type.Optional(Type.Unknown()),
  context: Type.Optional(Type.Unknown()),
});
const Event = Type.Object({
  /** Orders what one node recorded. */
  seq: Type.Number(),
  /** Milliseconds on the node's monotonic clock. */
  atMs: Time,
  /** The address of the actor that sent it; none for what came from outside of the actors. */
  source: Type.Optional(Type.String()),
  event: Type.Unsafe<RecordedFields>(Type.Object({ type: Type.String() }, { additionalProperties: true })),
  /** What it led to; none for what was only observed, or told to the client. */
  after: Type.Optional(State),
  /** So many more of its kind followed at once, and changed nothing. */
  repeats: Type.Number(),
});
const Actor = Type.Object({
  /** The name of its node. */
  node: Type.String(),
  /** One start of that node: its clock and its numbers are this start's. */
  origin: Type.String(),
  /** Unique in one start of a node: `session:<id>/<peer connection>/negotiation`. */
  address: Type.String(),
  /** The id of its machine. */
  kind: Type.String(),
  name: Type.String(),
  parent: Type.Optional(Type.String()),
  room: Type.Optional(Type.String()),
  peers: Type.Array(Type.String()),
  /** On the node's monotonic clock, and Unix time of the same moment; both in milliseconds. */
  startedAtMs: Time,
  startedAt: Time,
  /** On the node's monotonic clock; none for one that lives. */
  endedAtMs: Type.Optional(Time),
  /** Events before the first one here, which are not kept any more. */
  forgotten: Type.Number(),
  /** As it was before the first event here; none when that is its first, `xstate.init`. */
  before: Type.Optional(State),
  /** In the order in which it handled them; what was told to the client stands where it was told. */
  events: Type.Array(Event),
});

/** The schema of a record. */
export const ConnectionRecord = Type.Object({
  format: Type.Literal(recordFormat),
  /** Of Signalbox, as its package says. */
  version: Type.String(),
  /** ISO 8601. */
  exportedAt: IsoTime,
  /** Whom it was asked for by: the id of a client, or of a peer connection. */
  peer: Type.String(),
  /** Nodes that did not say in time what they recorded: it is missing. */
  missingNodes: Type.Array(Type.String()),
  /** Of all nodes; those that began first stand first. */
  actors: Type.Array(Actor),
});

export type ConnectionRecord = Readonly<Static<typeof ConnectionRecord>>;
/** One actor of a record, with its last events. */
export type ExportedActor = Readonly<Static<typeof Actor>>;
export type ExportedEvent = Readonly<Static<typeof Event>>;
export type ExportedState = Readonly<Static<typeof State>>;

const validator = Compile(ConnectionRecord);
const actorsValidator = Compile(Type.Array(Actor));

/** Whether `value` is a record of this format. */
export function isConnectionRecord(value: unknown): value is ConnectionRecord {
  return validator.Check(value);
}

/**
 * Reads a file that was a record.
 *
 * @throws {SignalboxError} `bad-message` for what is none, with what is wrong
 */
export function parseConnectionRecord(text: string): ConnectionRecord {
  const refuse = (why: string) => new SignalboxError("bad-message", `Cannot read the record: ${why}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw refuse(`it is no JSON (${cause instanceof Error ? cause.message.slice(0, 80) : cause})`);
  }
  if (isConnectionRecord(value)) return value;
  const format = typeof value === "object" && value !== null && "format" in value ? value.format : undefined;
  if (format === undefined) throw refuse("it has no `format`; expected what GET /api/v1/peers/{id}/record gives");
  if (format !== recordFormat) {
    throw refuse(`its format is ${JSON.stringify(format).slice(0, 64)}, and this version reads "${recordFormat}"`);
  }
  const [first] = validator.Errors(value);
  throw refuse(`${first?.instancePath || "the whole"} ${first?.message ?? "is wrong"}`);
}

/** Whether `value` is what one node has of a record. */
export function areExportedActors(value: unknown): value is readonly ExportedActor[] {
  return actorsValidator.Check(value);
}
