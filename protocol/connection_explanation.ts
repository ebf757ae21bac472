import Type, { type Static } from "typebox";
import { Compile } from "typebox/compile";
import { type ConnectionCause, connectionCauses } from "./connection_cause.ts";

// What `GET /api/v1/peers/{id}/explain` says of a connection. Times are Unix time in milliseconds.

const causes = Object.keys(connectionCauses) as ConnectionCause[];
const Cause = Type.Unsafe<ConnectionCause>(Type.Union(causes.map((cause) => Type.Literal(cause))));
const states = ["none", "new", "connecting", "connected", "disconnected", "failed", "closed"] as const;
const State = Type.Unsafe<(typeof states)[number]>(Type.Union(states.map((state) => Type.Literal(state))));

const Evidence = Type.Object({
  at: Type.Number(),
  node: Type.String(),
  /** The recorded event that shows it. */
  event: Type.String(),
  /** What it means, in words. */
  text: Type.String(),
});
const Finding = Type.Object({
  cause: Cause,
  summary: Type.String(),
  /** What to do, naming the setting or the client's call; "" when nothing is to be done. */
  remedy: Type.String(),
  /** Oldest first. */
  evidence: Type.Array(Evidence),
});
const Wait = Type.Object({
  what: Type.String(),
  since: Type.Number(),
  /** Milliseconds, until it came to an end or until now. */
  forMs: Type.Number(),
  isOver: Type.Boolean(),
});
/** The schema of the answer. */
export const ConnectionExplanation = Type.Object({
  /** Whom it was asked for by. */
  peer: Type.String(),
  /** The peer connection that it is about; none when there was none. */
  connection: Type.Optional(Type.String()),
  /** Names of the nodes that it was on, the last one last. */
  nodes: Type.Array(Type.String()),
  room: Type.Optional(Type.String()),
  /** `RTCPeerConnectionState`; `closed` when it, or the session, has ended, `none` when there was none. */
  state: State,
  isWell: Type.Boolean(),
  /** One or two sentences. */
  summary: Type.String(),
  cause: Cause,
  remedy: Type.String(),
  waitedFor: Type.Array(Wait),
  /** What should have come, and did not. */
  neverCame: Type.Array(Type.String()),
  evidence: Type.Array(Evidence),
  /** Candidate pairs that were tried. */
  pairs: Type.Array(Type.Object({ local: Type.String(), remote: Type.String(), result: Type.String() })),
  /** How long each part of connecting took, in milliseconds, in their order. */
  phases: Type.Array(Type.Object({ name: Type.String(), ms: Type.Number() })),
  /** What else was found, the likeliest first. */
  others: Type.Array(Finding),
  /** What of the record is missing, so that this may not be the whole truth. */
  gaps: Type.Array(Type.String()),
});

export type ConnectionExplanation = Readonly<Static<typeof ConnectionExplanation>>;
export type ExplainedEvidence = Readonly<Static<typeof Evidence>>;
export type ExplainedFinding = Readonly<Static<typeof Finding>>;
export type ExplainedWait = Readonly<Static<typeof Wait>>;

const validator = Compile(ConnectionExplanation);

/** Whether `value` is an explanation, as a node sends it. */
export function isConnectionExplanation(value: unknown): value is ConnectionExplanation {
  return validator.Check(value);
}
