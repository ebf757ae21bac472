/** What the validator says against a value, by the keyword of JSON Schema that it does not meet. */
export interface Complaint {
  readonly keyword: string;
  /** A JSON pointer (RFC 6901) to what it is about. */
  readonly instancePath: string;
  readonly message: string;
  readonly params: object;
}

/** How much of a message is repeated in the words about it. Ours. */
const maxRepeatedLength = 64;

/** Says in plain words which field of a message is wrong, how, and what is allowed in it. */
export function describeComplaints(complaints: readonly Complaint[], message: unknown): string {
  // Of a union every branch complains: the deepest complaints are about the field, and the branch, that was meant.
  const depth = Math.max(...complaints.map(({ instancePath }) => instancePath.length));
  const path = complaints.find(({ instancePath }) => instancePath.length === depth)?.instancePath ?? "";
  const here = complaints.filter(({ instancePath, keyword }) => instancePath === path && keyword !== "anyOf");
  // And where the type fits one branch, that was meant.
  const bound = here.find(({ keyword }) => keyword !== "type" && keyword !== "const");
  const names = path.slice(1).split("/").map(unescaped);
  const field = names.join(".").slice(0, maxRepeatedLength);
  const value = valueAt(message, path === "" ? [] : names);
  if (bound !== undefined) return describeBound(bound, { field, value });
  const choices = here.filter(({ keyword }) => keyword === "const");
  const kinds = [...new Set((choices.length > 0 ? choices : here).map(describeKind))];
  const allowed = [...kinds.slice(0, -2), kinds.slice(-2).join(" or ")].join(", ");
  return `${field} is ${choices.length > 0 ? shown(value, field) : kindOf(value)}: ${allowed} is allowed`;
}

interface Subject {
  readonly field: string;
  readonly value: unknown;
}

function describeBound({ keyword, message, params }: Complaint, { field, value }: Subject): string {
  const { limit, requiredProperties } = params as { limit?: number; requiredProperties?: readonly string[] };
  switch (keyword) {
    case "required":
      return `${field === "" ? "" : `${field}.`}${requiredProperties?.[0]} is missing`;
    case "pattern":
      return `${field} is ${shown(value, field)}: 1 to 64 of the characters A-Z, a-z, 0-9, _ and - are allowed`;
    case "minLength":
      return `${field} is empty: ${limit} or more characters are needed`;
    case "minItems":
      return `${field} is empty: leave it out, or name ${limit} or more`;
    case "maxLength":
      return `${field} is too long: at most ${limit} characters are allowed`;
    case "maxItems":
    case "maxProperties":
      return `${field} has too many entries: at most ${limit} are allowed`;
    case "minimum":
      return `${field} is ${shown(value, field)}: ${limit} or more is allowed`;
    case "maximum":
      return `${field} is ${shown(value, field)}: ${limit} or less is allowed`;
    default:
      return `${field} ${message}`;
  }
}

function describeKind({ params }: Complaint): string {
  if ("allowedValue" in params) return JSON.stringify(params.allowedValue);
  const { type } = params as { readonly type: string };
  return type === "boolean" ? "true or false" : withArticle(type === "integer" ? "whole number" : type);
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "number" && !Number.isFinite(value)) return "too large a number";
  if (typeof value === "number" && !Number.isInteger(value)) return "a fraction";
  return withArticle(Array.isArray(value) ? "array" : typeof value);
}

function withArticle(type: string): string {
  if (type === "null") return type;
  return `${/^[aeiou]/.test(type) ? "an" : "a"} ${type}`;
}

/** A value as it was sent, unless it is a long one; together with the name of its field no longer than may be repeated. */
function shown(value: unknown, field: string): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, maxRepeatedLength - field.length));
  return typeof value === "number" ? String(value) : kindOf(value);
}

function valueAt(message: unknown, names: readonly string[]): unknown {
  let value = message;
  for (const name of names) value = (value as Readonly<Record<string, unknown>>)[name];
  return value;
}

function unescaped(name: string): string {
  return name.replaceAll("~1", "/").replaceAll("~0", "~");
}
