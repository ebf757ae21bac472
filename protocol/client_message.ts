import Type, { type Static } from "typebox";
import { Compile } from "typebox/compile";
import { describeComplaints } from "./describe_complaints.ts";
import { Ref as RefSchema } from "./ref.ts";
import { TrackLabels } from "./room.ts";
import { roomMessageSchemas } from "./room_message.ts";
import { SignalboxError } from "./signalbox_error.ts";

/** Longest session description that a message may carry, in code points, as JSON Schema counts; the frame limit may be lower. Ours. */
const maxSdpLength = 1_048_576;
/** Longest candidate line; the longest that RFC 8839 attributes with a name of 255 characters need is below 1 kB. Ours. */
const maxCandidateLength = 1_024;

const ref = Type.Optional(RefSchema);
const sdp = Type.String({ maxLength: maxSdpLength });

/** `RTCIceCandidateInit` (W3C WebRTC 4.8.1), every string bounded. */
export const CandidateInit = Type.Object({
  candidate: Type.String({ maxLength: maxCandidateLength }),
  sdpMid: Type.Optional(Type.Union([Type.String({ maxLength: 64 }), Type.Null()])),
  sdpMLineIndex: Type.Optional(Type.Union([Type.Integer({ minimum: 0, maximum: 65_535 }), Type.Null()])),
  usernameFragment: Type.Optional(Type.Union([Type.String({ maxLength: 256 }), Type.Null()])),
});
export type CandidateInit = Static<typeof CandidateInit>;

/** The schema of each message that a client may send, by its `type`. */
export const clientMessageSchemas = {
  offer: Type.Object({ type: Type.Literal("offer"), sdp, tracks: Type.Optional(TrackLabels), ref }),
  answer: Type.Object({ type: Type.Literal("answer"), sdp, ref }),
  pranswer: Type.Object({ type: Type.Literal("pranswer"), sdp, ref }),
  rollback: Type.Object({ type: Type.Literal("rollback"), ref }),
  candidate: Type.Object({
    type: Type.Literal("candidate"),
    candidate: Type.Union([Type.Null(), Type.String({ maxLength: maxCandidateLength }), CandidateInit]),
    ref,
  }),
  bye: Type.Object({
    type: Type.Literal("bye"),
    reason: Type.Optional(Type.String({ maxLength: 256 })),
    ref,
  }),
  ...roomMessageSchemas,
};

/** Every message that a client may send (the protocol page). */
export type ClientMessage = {
  [K in keyof typeof clientMessageSchemas]: Static<(typeof clientMessageSchemas)[K]>;
}[keyof typeof clientMessageSchemas];
/** What ties a request to its reply or error: a string of up to 128 characters or a number. */
export type Ref = Static<typeof RefSchema>;

const refValidator = Compile(RefSchema);
const validators = new Map(
  Object.entries(clientMessageSchemas).map(([type, schema]) => [type, Compile(schema)] as const),
);

/** What a refused frame was about, as far as it could be read: for the `ref` of the error that answers it. */
export class ClientMessageError extends SignalboxError {
  readonly ref: Ref | undefined;

  constructor(code: "bad-json" | "bad-message", message: string, ref?: Ref) {
    super(code, message);
    this.ref = ref;
  }
}

/**
 * Reads one text frame of a client.
 *
 * @throws {ClientMessageError} `bad-json` or `bad-message`, with the `ref` of the frame when it had a usable one.
 */
export function parseClientMessage(text: string): ClientMessage {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ClientMessageError("bad-json", "Cannot read the message: it is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ClientMessageError("bad-message", "Cannot read the message: it is not a JSON object");
  }
  const { type } = value as { type?: unknown };
  const ref = readRef((value as { ref?: unknown }).ref);
  const validator = typeof type === "string" ? validators.get(type) : undefined;
  if (validator === undefined) {
    const shown = typeof type === "string" ? JSON.stringify(type.slice(0, 64)) : "none";
    throw new ClientMessageError(
      "bad-message",
      `Cannot read the message: its "type" is ${shown}, expected one of ${[...validators.keys()].join(", ")}`,
      ref,
    );
  }
  if (!validator.Check(value)) {
    throw new ClientMessageError(
      "bad-message",
      `Cannot read the ${type} message: ${describeComplaints(validator.Errors(value), value)}`,
      ref,
    );
  }
  return value as ClientMessage;
}

function readRef(ref: unknown): Ref | undefined {
  return refValidator.Check(ref) ? ref : undefined;
}
