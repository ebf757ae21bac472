import type { TSchema } from "typebox";
import { CandidateInit, clientMessageSchemas } from "../../protocol/client_message.ts";
import { TrackLabel } from "../../protocol/room.ts";
import { markdownTable } from "./markdown.ts";

type Type = keyof typeof clientMessageSchemas;

/** What the schemas cannot say. A message without a line here does not compile. */
const meanings: Readonly<Record<Type, string>> = {
  offer: "An offer, which the server answers with `answer` or `error`.",
  answer: "Answers the server's offer.",
  pranswer: "A provisional answer (W3C WebRTC 4.6.1) to the server's offer; an `answer` follows.",
  rollback: "Takes the client's own offer back, as long as the server has not answered it (W3C WebRTC 4.4.1.5).",
  candidate:
    "A candidate: as an `RTCIceCandidateInit`, or as the bare candidate line, or `null` after the last. An empty candidate line ends those of one generation (RFC 8838).",
  bye: "Ends the peer connection.",
  join: "Enters a room; answered with `joined` or `error`. `subscribe` is `all` by default: every track of the room, also those to come.",
  resume:
    "Goes on with the session that `token` is of, from `joined` or `resumed`: the first message on a new socket; answered with `resumed` or `error`.",
  leave: "Leaves the room: back to the default application. The peer connection goes on.",
  subscribe:
    "Has a track sent, or another simulcast layer of one that is: `layer` is the highest to send, by its RID, or `null` for the best that the bandwidth allows. Left out, it is `null` for a new subscription, and as it was for one that there is.",
  unsubscribe: "Has a track sent no more.",
  mute: "Mutes or unmutes one of the client's own tracks: while it is muted, nothing of it is passed on.",
  metadata: "Replaces the client's metadata.",
  data: "A message to everyone else in the room, or to the peers named.",
};

/** The part of docs/protocol.md on what a client may send. */
export function clientMessagesSection(): string {
  const sections = Object.entries(clientMessageSchemas).map(
    ([type, schema]) => `### \`${type}\`\n\n${meanings[type as Type]}\n\n${fieldsTable(schema)}`,
  );
  return [
    ...sections,
    `### \`RTCIceCandidateInit\`\n\nW3C WebRTC 4.8.1.\n\n${fieldsTable(CandidateInit)}`,
    `### \`TrackLabel\`\n\nWhat a client says of a track that it sends. \`source\` is \`camera\`, \`microphone\`, \`screen\`, \`screen-audio\` or any other word.\n\n${fieldsTable(TrackLabel)}`,
  ].join("\n\n");
}

/** docs/client_message.schema.json. */
export function clientMessageJsonSchema(): string {
  const schema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "What a client may send to /ws",
    oneOf: Object.values(clientMessageSchemas),
  };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

/** The members of JSON schema that our schemas use. */
interface JsonSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly items?: JsonSchema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

function fieldsTable(schema: TSchema): string {
  const { properties = {}, required = [] } = schema as JsonSchema;
  const rows = Object.entries(properties).map(([name, field]) => [
    `\`${name}\``,
    describe(field),
    required.includes(name) ? "yes" : "no",
  ]);
  return markdownTable(["field", "value", "required"], rows);
}

function describe(schema: JsonSchema): string {
  if (schema.anyOf !== undefined) return schema.anyOf.map(describe).join(" or ");
  if (schema.type === undefined && schema.const === undefined) return "any JSON value";
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.type === "null") return "`null`";
  if (schema.type === "object" && schema.properties === undefined) return "a `TrackLabel` by each `mid`";
  if (schema.type === "object") return "an `RTCIceCandidateInit`";
  if (schema.type === "boolean") return "`true` or `false`";
  if (schema.type === "array") return `an array of at most ${schema.maxItems} of: ${describe(schema.items ?? {})}`;
  if (schema.pattern !== undefined) return "an id: 1 to 64 of the characters `A-Z`, `a-z`, `0-9`, `_` and `-`";
  if (schema.minLength !== undefined) {
    return `a string of ${schema.minLength} to ${schema.maxLength} characters`;
  }
  if (schema.type === "string") return `a string of at most ${schema.maxLength} characters`;
  if (schema.type === "integer") return `a whole number from ${schema.minimum} to ${schema.maximum}`;
  if (schema.type === "number") return "a number";
  throw new Error(
    `Cannot describe a field of the type ${schema.type}: scripts/docs/client_messages.ts does not know it`,
  );
}
