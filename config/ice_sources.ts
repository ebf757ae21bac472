import Type, { type Static, type TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { checkIceUrl } from "./ice_url.ts";
import { Refusal, readDuration } from "./setting.ts";

const url = Type.String({ maxLength: 512 });
const secret = Type.String({ minLength: 1, maxLength: 1024 });
const ttl = Type.Optional(Type.Union([Type.String({ maxLength: 16 }), Type.Number()]));
const strict = { additionalProperties: false };

/** A TURN server that shares a secret with the nodes, as coturn's `use-auth-secret`. */
const TurnRest = Type.Object(
  {
    source: Type.Literal("turn-rest"),
    urls: Type.Union([url, Type.Array(url, { minItems: 1, maxItems: 16 })]),
    secrets: Type.Array(secret, { minItems: 1, maxItems: 8 }),
    ttl,
  },
  strict,
);

/** The life of credentials, in milliseconds. The bounds are ours; a day at most is what the draft of TURN REST recommends. */
const lives = { defaultMs: 12 * 3_600_000, minMs: 10_000, maxMs: 7 * 24 * 3_600_000 };

const schemas: Readonly<Record<string, TSchema>> = { "turn-rest": TurnRest };

/** A source, checked. `ttlMs` is the life of the credentials that it gives. */
export type IceSource = Omit<Static<typeof TurnRest>, "ttl" | "urls"> & {
  readonly urls: readonly string[];
  readonly ttlMs: number;
};

/** What is told of a value that is not as its schema says. */
interface Shape {
  /** Where it was configured: `[1]`. */
  readonly place: string;
  readonly what: string;
  readonly expected: string;
}

/** @throws {Refusal} which names the place and no value */
export function checkShape<T extends TSchema>(schema: T, value: unknown, shape: Shape): Static<T> {
  const validator = Compile(schema);
  if (validator.Check(value)) return value;
  const [error] = validator.Errors(value).toSorted((a, b) => b.instancePath.length - a.instancePath.length);
  const parts = error?.instancePath.split("/").slice(1) ?? [];
  const path = parts.map((part) => (/^\d+$/.test(part) ? `[${part}]` : `.${part}`)).join("");
  // What JSON Schema says of a field that is not allowed.
  const why = error?.message === "schema is false" ? `is no field of ${shape.what}` : error?.message;
  throw new Refusal(`${shape.place}${path} ${why ?? "is not as it should be"}, expected ${shape.expected}`);
}

/** Checks an entry that names a source. @throws {Refusal} which names the place and no value */
export function readIceSource(entry: object & { readonly source: unknown }, place: string): IceSource {
  const kind = typeof entry.source === "string" && Object.hasOwn(schemas, entry.source) ? entry.source : "";
  const schema = schemas[kind];
  if (schema === undefined) {
    throw new Refusal(`${place}.source is unknown, expected one of ${Object.keys(schemas).join(", ")}`);
  }
  const expected = `what docs/ice.md says of ${kind}`;
  const { ttl = lives.defaultMs / 1_000, ...source } = checkShape(TurnRest, entry, { place, what: kind, expected });
  // Settings know no hours, in which lives of credentials are told.
  const ttlMs = readDuration(
    String(ttl).replace(/^(\d{1,4})h$/, (_, hours) => `${Number(hours) * 60}m`),
    lives,
  );
  if (ttlMs === undefined) {
    const [min, max] = [lives.minMs / 1_000, lives.maxMs / 3_600_000];
    throw new Refusal(`${place}.ttl is no time, expected one from ${min}s to ${max}h, as 12h, 30m or 600s`);
  }
  const urls = [source.urls].flat();
  const isTurn = urls.map((each) => checkIceUrl(each, `${place}.urls`));
  if (!isTurn.includes(true)) throw new Refusal(`${place}.urls names no TURN server, expected turn: or turns:`);
  return { ...source, urls, ttlMs };
}

/**
 * The entries with what they name by `$NAME` taken out of the environment: every text of a source may be but its URLs; those of
 * servers are what they are.
 *
 * @param refuse makes what is thrown where a variable is not set; its words name the place and the variable
 */
export function takeFromEnvironment<E extends object>(
  entries: readonly E[],
  env: Readonly<Record<string, string | undefined>>,
  refuse: (why: string) => Error,
): readonly E[] {
  const take = (value: unknown, place: string): unknown => {
    if (Array.isArray(value)) return value.map((each, index) => take(each, `${place}[${index}]`));
    if (typeof value === "object" && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, take(each, `${place}.${name}`)]));
    }
    const name = typeof value === "string" ? /^\$([A-Za-z_]\w{0,127})$/.exec(value)?.[1] : undefined;
    if (name === undefined) return value;
    const found = env[name];
    if (found === undefined || found === "") throw refuse(`${place} names the variable ${name}, which is not set`);
    return found;
  };
  return entries.map((entry, index) => ("source" in entry ? (take(entry, `[${index}]`) as E) : entry));
}
