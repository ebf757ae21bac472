import Type, { type Static } from "typebox";
import { Compile } from "typebox/compile";
import { SignalboxError } from "../../../protocol/signalbox_error.ts";
import { maxRelayLayers } from "./relay_format.ts";

/** Of what a client names, in characters: MSIDs have 64 at most (RFC 8830, 2). Ours. */
export const maxNameLength = 256;
/** Browsers name one or two. Ours. */
export const maxStreamIds = 16;
const bitrate = Type.Number({ minimum: 0, maximum: 2 ** 32 });
const name = Type.String({ maxLength: maxNameLength });

/** Bounds are ours, above all that a client's description can say. */
const RelayDescriptionSchema = Type.Object({
  /** Of the one `TrackRelaySender` whose messages belong to it. */
  relayId: Type.Integer({ minimum: 0, maximum: 2 ** 32 - 1 }),
  /** Counts the descriptions of a sender, modulo 256. */
  number: Type.Integer({ minimum: 0, maximum: 255 }),
  kind: Type.Union([Type.Literal("audio"), Type.Literal("video")]),
  /** RFC 8830. */
  streamIds: Type.Array(name, { maxItems: maxStreamIds }),
  /** The lowest first; one with the RID "" without simulcast. */
  layers: Type.Array(Type.Object({ rid: name, temporalBitrates: Type.Array(bitrate, { maxItems: 8 }) }), {
    minItems: 1,
    maxItems: maxRelayLayers,
  }),
  /** As the publisher's node agreed on them with the publisher. */
  codecs: Type.Array(
    Type.Object({
      payloadType: Type.Integer({ minimum: 0, maximum: 127 }),
      mimeType: name,
      clockRate: Type.Integer({ minimum: 1, maximum: 2 ** 32 - 1 }),
      parameters: Type.String({ maxLength: 4_096 }),
    }),
    { maxItems: 128 },
  ),
});

/** What another node has to know of a track before any packet of it. */
export type RelayDescription = Readonly<Static<typeof RelayDescriptionSchema>>;

const validator = Compile(RelayDescriptionSchema);
const decoder = new TextDecoder();
/** Ours: a description of all codecs there are takes a tenth. */
export const maxDescriptionBytes = 16_384;

export function encodeDescription(description: RelayDescription): Buffer {
  return Buffer.from(JSON.stringify(description));
}

/** @throws {SignalboxError} `bad-message` */
export function decodeDescription(bytes: Uint8Array): RelayDescription {
  const refuse = (why: string) => new SignalboxError("bad-message", `Cannot relay a track: its description ${why}`);
  if (bytes.length > maxDescriptionBytes) throw refuse(`has ${bytes.length} of ${maxDescriptionBytes} bytes`);
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(bytes));
  } catch (cause) {
    throw new SignalboxError("bad-message", "Cannot relay a track: its description is not JSON", { cause });
  }
  if (!validator.Check(value)) throw refuse("has a field that is missing or out of bounds");
  return value;
}
