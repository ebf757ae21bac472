import { isIP, isIPv4 } from "node:net";
import Type, { type TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { Id } from "../protocol/room.ts";

/** One setting: everything that reading it, `--help` and the configuration page need to know. */
export interface Setting<T> {
  /** One sentence for users. */
  readonly meaning: string;
  /** What stands for the value in `--help`. */
  readonly placeholder: string;
  /** Ends the sentence "expected ..." in an error. */
  readonly expected: string;
  /** The shape of the value in `signalbox.json`, and of what `parseText` makes. */
  readonly schema: TSchema;
  readonly default: T;
  /** The default as users read it, where the value itself does not say it. */
  readonly defaultText?: string;
  /** The value holds credentials and is never shown. */
  readonly isSecret?: boolean;
  /** From a flag or a variable to what `schema` describes; undefined when it cannot be read at all. */
  parseText(text: string): unknown;
  /** From what `schema` describes to the value. @throws {Refusal} */
  read(value: unknown): T;
}

/** Why a value is refused, where its own words help more than what the setting expects. */
export class Refusal extends Error {}

/** What every kind of setting is given; `default` may be undefined for one that need not be set. */
export interface SettingOptions<T> {
  readonly meaning: string;
  readonly default: T;
  readonly defaultText?: string;
}

/** A whole number within bounds. */
export function integer(
  options: SettingOptions<number> & { readonly min: number; readonly max: number },
): Setting<number> {
  const { min, max, ...rest } = options;
  return define<number, number>(rest, {
    placeholder: "number",
    expected: `a whole number from ${min} to ${max}`,
    schema: Type.Integer({ minimum: min, maximum: max }),
    parseText: (text) => (/^\d{1,15}$/.test(text) ? Number(text) : undefined),
    convert: (value) => value,
  });
}

/** One of a few words. `others` are words that we know, with the reason why they are refused. */
export function choice<const W extends string, D extends W | undefined>(
  words: readonly W[],
  options: SettingOptions<D> & { readonly others?: Readonly<Record<string, string>> },
): Setting<W | D> {
  const { others = {}, ...rest } = options;
  return define<W | D, string>(rest, {
    placeholder: words.join("|"),
    expected: words.length === 1 ? `${words[0]}` : `one of ${words.join(", ")}`,
    schema: Type.String({ maxLength: 64 }),
    parseText: (text) => text,
    convert: (value) => {
      const reason = others[value];
      if (reason !== undefined) throw new Refusal(reason);
      return words.find((word) => word === value);
    },
  });
}

/** What names a node, as what names a room or a peer. */
export function id(options: SettingOptions<string | undefined>): Setting<string | undefined> {
  return define<string | undefined, string>(options, {
    placeholder: "name",
    expected: "1 to 64 of the characters A-Z, a-z, 0-9, _ and -",
    schema: Id,
    parseText: (text) => text,
    convert: (value) => value,
  });
}

/** A path; relative to where it was given, which the reader resolves. */
export function path(options: SettingOptions<string | undefined>): Setting<string | undefined> {
  return define<string | undefined, string>(options, {
    placeholder: "file",
    expected: "the path of a file",
    schema: Type.String({ minLength: 1, maxLength: 4096 }),
    parseText: (text) => text,
    convert: (value) => value,
  });
}

/** A host name or an address to listen on, without scheme and port. */
export function host(options: SettingOptions<string | undefined>): Setting<string | undefined> {
  const isName = (text: string) => /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(text) && !/^[\d.]+$/.test(text);
  return define<string | undefined, string>(options, {
    placeholder: "address",
    expected: "an IP address or a host name, without a port",
    schema: Type.String({ minLength: 1, maxLength: 253 }),
    parseText: (text) => text,
    convert: (value) => (isIP(value) !== 0 || isName(value) ? value : undefined),
  });
}

/** A list of IP addresses: comma-separated, in the file an array too. */
export function addresses(options: SettingOptions<readonly string[]>): Setting<readonly string[]> {
  return define<readonly string[], string | string[]>(options, {
    placeholder: "ip,...",
    expected: "IPv4 or IPv6 addresses, separated by commas, at most 16",
    schema: Type.Union([
      Type.String({ maxLength: 1024 }),
      Type.Array(Type.String({ maxLength: 64 }), { maxItems: 16 }),
    ]),
    parseText: (text) => text,
    convert: (value) => {
      const list = (typeof value === "string" ? value.split(",") : value).map((entry) => entry.trim());
      const isUsable = (ip: string) => isIP(ip) !== 0 && !(isIPv4(ip) ? ip === "0.0.0.0" : /^[0:]+$/.test(ip));
      return list.length > 0 && list.length <= 16 && list.every(isUsable) ? [...new Set(list)] : undefined;
    },
  });
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, "": 1_000, s: 1_000, m: 60_000 };

/** A length of time in milliseconds, of text with a unit or a number of seconds; undefined for what is none or out of bounds. */
export function readDuration(
  value: string | number,
  { minMs, maxMs }: { readonly minMs: number; readonly maxMs: number },
): number | undefined {
  const [, count, unit = ""] = /^(\d{1,9})(ms|s|m|)$/.exec(String(value).trim()) ?? [];
  const ms = Number(count) * (unitMs[unit] ?? Number.NaN);
  return ms >= minMs && ms <= maxMs ? ms : undefined;
}

/** A length of time with its unit, as 500ms, 60s or 2m; seconds without one. Read as milliseconds. */
export function duration(
  options: SettingOptions<number> & { readonly minMs: number; readonly maxMs: number },
): Setting<number> {
  const { minMs, maxMs } = options;
  return define<number, string | number>(options, {
    placeholder: "time",
    expected: `a time from ${minMs / 1_000}s to ${maxMs / 1_000}s, as 60s, 500ms or 2m`,
    schema: Type.Union([Type.String({ maxLength: 16 }), Type.Number()]),
    parseText: (text) => text,
    convert: (value) => readDuration(value, { minMs, maxMs }),
  });
}

/** A word that nobody may guess or see, of so many characters or more. */
export function secret(
  options: SettingOptions<string | undefined> & {
    readonly minLength: number;
    /** It is sent in headers, as a bearer token (RFC 6750, 2.1). */
    readonly isBearer?: boolean;
  },
): Setting<string | undefined> {
  const { minLength, isBearer = false } = options;
  return define<string | undefined, string>(options, {
    placeholder: "text",
    expected: `a secret of ${minLength} to 1024 ${isBearer ? "letters, digits and -._~+/=" : "characters"}; \`openssl rand -hex 32\` makes one`,
    schema: Type.String({ maxLength: 1024 }),
    isSecret: true,
    parseText: (text) => text,
    convert: (value) =>
      value.length < minLength || (isBearer && !/^[A-Za-z0-9._~+/=-]+$/.test(value)) ? undefined : value,
  });
}

/** Both ends included. */
export interface PortRange {
  readonly min: number;
  readonly max: number;
}

/** A range of ports, of at least two. */
export function portRange(options: SettingOptions<PortRange | undefined>): Setting<PortRange | undefined> {
  return define<PortRange | undefined, string | number>(options, {
    placeholder: "port|from-to",
    expected: "a port from 1 to 65535, as 50000, or two, the smaller first, as 50000-50999",
    schema: Type.Union([Type.String({ maxLength: 64 }), Type.Number()]),
    parseText: (text) => text,
    convert: (value) => {
      const [, first = "", last] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(String(value).trim()) ?? [];
      const min = Number(first);
      const max = Number(last ?? first);
      const isRange = last === undefined || min < max;
      return min >= 1 && isRange && max <= 65_535 ? { min, max } : undefined;
    },
  });
}

/** What the kinds of settings differ in; `convert` gives undefined for a value that is not as expected. */
export interface SettingKind<T, V> {
  readonly placeholder: string;
  readonly expected: string;
  readonly schema: TSchema;
  readonly isSecret?: boolean;
  parseText(text: string): unknown;
  convert(value: V): T | undefined;
}

/** Makes a setting of what all have and of what its kind adds. `V` is what `kind.schema` describes. */
export function define<T, V>(options: SettingOptions<T>, kind: SettingKind<NoInfer<T>, V>): Setting<T> {
  const { convert, ...shown } = kind;
  const validator = Compile(kind.schema);
  const refuse = (): never => {
    throw new Refusal(`expected ${kind.expected}`);
  };
  return {
    ...options,
    ...shown,
    read: (value) => (validator.Check(value) ? (convert(value as V) ?? refuse()) : refuse()),
  };
}
