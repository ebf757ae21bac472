import type { TSchema } from "typebox";
import { CandidateInit, clientMessageSchemas } from "../../protocol/client_message.ts";
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
};

/** The part of docs/protocol.md on what a client may send. */
export function clientMessagesSection(): string {
  const sections = Object.entries(clientMessageSchemas).map(
    ([type, schema]) => `### \`${type}\`\n\n${meanings[type as Type]}\n\n${fieldsTable(schema)}`,
  );
  return [...sections, `### \`RTCIceCandidateInit\`\n\nW3C WebRTC 4.8.1.\n\n${fieldsTable(CandidateInit)}`].join(
    "\n\n",
  );
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
  readonly maxLength?: number;
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
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.type === "null") return "`null`";
  if (schema.type === "object") return "an `RTCIceCandidateInit`";
  if (schema.type === "string") return `a string of at most ${schema.maxLength} characters`;
  if (schema.type === "integer") return `a whole number from ${schema.minimum} to ${schema.maximum}`;
  if (schema.type === "number") return "a number";
  throw new Error(
    `Cannot describe a field of the type ${schema.type}: scripts/docs/client_messages.ts does not know it`,
  );
}
