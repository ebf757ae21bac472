import Type, { type Static, type TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { describeLives, hourMs, type Lives, readLife } from "./ice_lives.ts";
import { checkIceUrl } from "./ice_url.ts";
import { Refusal } from "./setting.ts";

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

const word = Type.String({ minLength: 1, maxLength: 128, pattern: "^(?:[A-Za-z0-9_-]+|\\$[A-Za-z_]\\w*)$" });
/** Where a provider is asked, if not at its own address. */
const address = Type.Optional(Type.String({ maxLength: 512 }));

/** How credentials are asked for over the network. Both bounds are ours: Cloudflare wants more than half of them to be used. */
const asking = {
  credentials: Type.Optional(Type.Union([Type.Literal("peer"), Type.Literal("node")])),
  ahead: Type.Optional(Type.Integer({ minimum: 1, maximum: 256 })),
  perMinute: Type.Optional(Type.Integer({ minimum: 1, maximum: 30_000 })),
};
const defaultAsking = { credentials: "peer", ahead: 4, perMinute: 120 } as const;

const Cloudflare = Type.Object(
  { source: Type.Literal("cloudflare"), keyId: word, apiToken: secret, ttl, url: address, ...asking },
  strict,
);

/** `keySid` is of an API key, whose secret is `authToken` then. */
const Twilio = Type.Object(
  {
    source: Type.Literal("twilio"),
    accountSid: word,
    keySid: Type.Optional(word),
    authToken: secret,
    ttl,
    url: address,
    ...asking,
  },
  strict,
);

/** One of the keys. */
const Metered = Type.Object(
  {
    source: Type.Literal("metered"),
    app: word,
    apiKey: Type.Optional(secret),
    secretKey: Type.Optional(secret),
    region: Type.Optional(word),
    ttl,
    url: address,
    ...asking,
  },
  strict,
);

/** The bounds of a shared secret are ours. Twilio gives 24 hours at most, Cloudflare 48 (their documentation). */
export const sourceLives = {
  "turn-rest": { defaultMs: 12 * hourMs, minMs: 10_000, maxMs: 168 * hourMs },
  cloudflare: { defaultMs: 12 * hourMs, minMs: 60_000, maxMs: 48 * hourMs },
  twilio: { defaultMs: 12 * hourMs, minMs: 60_000, maxMs: 24 * hourMs },
  metered: { defaultMs: 12 * hourMs, minMs: 60_000, maxMs: 168 * hourMs },
} as const satisfies Readonly<Record<string, Lives>>;

const schemas = { "turn-rest": TurnRest, cloudflare: Cloudflare, twilio: Twilio, metered: Metered } as const;

/** A checked entry: `ttlMs` is the life of the credentials that it gives. */
type Read<T extends TSchema> = Omit<Static<T>, "ttl"> & { readonly ttlMs: number };

export type TurnRestSource = Omit<Read<typeof TurnRest>, "urls" | "secrets"> & {
  readonly urls: readonly string[];
  readonly secrets: readonly string[];
};

/** How a provider is asked over the network. */
export interface Asking {
  /** Whose one credential is: a peer's, or the node's, which it gives to all peers. */
  readonly credentials: "peer" | "node";
  /** Credentials that are kept ready for peers, at most. */
  readonly ahead: number;
  /** Credentials that are asked for in a minute, at most. */
  readonly perMinute: number;
}

type Asked<T extends TSchema> = Omit<Read<T>, keyof Asking> & Asking;

export type CloudflareSource = Asked<typeof Cloudflare>;
export type TwilioSource = Asked<typeof Twilio>;
export type MeteredSource = Asked<typeof Metered>;
/** A source of servers, checked. */
export type IceSource = TurnRestSource | CloudflareSource | TwilioSource | MeteredSource;

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
  const name = Object.keys(schemas).find((each) => each === entry.source) as keyof typeof schemas | undefined;
  if (name === undefined) {
    throw new Refusal(`${place}.source is unknown, expected one of ${Object.keys(schemas).join(", ")}`);
  }
  const [schema, lives] = [schemas[name], sourceLives[name]];
  const expected = `what docs/ice.md says of ${name}`;
  const { ttl: given, ...source } = checkShape(schema as TSchema, entry, { place, what: name, expected }) as Static<
    (typeof schemas)[typeof name]
  >;
  const ttlMs = given === undefined ? lives.defaultMs : readLife(given, lives);
  if (ttlMs === undefined) throw new Refusal(`${place}.ttl is no time, expected ${describeLives(lives)}`);
  if (source.source === "turn-rest") return { ...source, urls: checkUrls([source.urls].flat(), place), ttlMs };
  if (source.url !== undefined) checkAddress(source.url, place);
  if (source.source === "metered" && (source.apiKey === undefined) === (source.secretKey === undefined)) {
    throw new Refusal(`${place} is a source of Metered, expected one of apiKey and secretKey`);
  }
  if (source.source !== "metered" || source.apiKey === undefined) return { ...defaultAsking, ...source, ttlMs };
  if (source.credentials === "peer") {
    throw new Refusal(`${place}.credentials is peer, expected node: an apiKey is the key of one credential`);
  }
  return { ...defaultAsking, ...source, credentials: "node", ttlMs };
}

function checkUrls(urls: readonly string[], place: string): readonly string[] {
  const isTurn = urls.map((url) => checkIceUrl(url, `${place}.urls`));
  if (!isTurn.includes(true)) throw new Refusal(`${place}.urls names no TURN server, expected turn: or turns:`);
  return urls;
}

/** What is sent there holds credentials. */
function checkAddress(address: string, place: string): void {
  const url = URL.parse(address);
  const isHere = url?.protocol === "http:" && ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
  if (url?.protocol !== "https:" && !isHere) {
    throw new Refusal(`${place}.url is no address of a provider, expected https://, or http:// on this machine`);
  }
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
