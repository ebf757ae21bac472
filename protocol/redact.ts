/** How much of a value is shown. */
export interface RedactBounds {
  readonly maxStringLength: number;
  readonly maxArrayLength: number;
  readonly maxDepth: number;
}

/** What a log line holds. Ours: a line stays readable, and its cost bounded. */
const logBounds: RedactBounds = { maxStringLength: 8_192, maxArrayLength: 64, maxDepth: 6 };

const redacted = "[redacted]";

/** Names of fields whose values nobody may read in a log, whatever they are. */
const secretName = /credential|password|passphrase|secret|token|authorization|cookie|privateKey|^seed$|^pwd$/i;

/**
 * Secrets inside of text: ICE passwords and SRTP keys of an SDP (RFC 8839, RFC 4568), tokens in URLs and headers, NKey seeds. Text may be a
 * client's: none begins again within what it went over in vain, which would take seconds for one long description.
 */
const secretsInText: readonly (readonly [RegExp, string])[] = [
  [/(a=ice-pwd:)\S+/g, `$1${redacted}`],
  [/(a=crypto:\d+ \S+ inline:)\S+/g, `$1${redacted}`],
  [/([?&](?:token|access_token|apiKey|secretKey|secret)=)[^&\s"]+/gi, `$1${redacted}`],
  [/([a-z0-9+.-]:\/\/)[^\s/@"']+@/gi, `$1${redacted}@`],
  [/\bS[UANOC][A-Z2-7]{56}\b/g, redacted],
  [/(Bearer )[\w.~+/=-]+/g, `$1${redacted}`],
  [/(?<![\w-])eyJ[\w-]+\.[\w-]+\.[\w-]+/g, redacted],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, redacted],
];

/** A copy that may be shown: bounded, JSON-safe, without secrets, and with errors as objects. The bounds are those of a log line. */
export function redact(value: unknown, bounds: RedactBounds = logBounds): unknown {
  return redactAt(value, bounds, 0);
}

function redactAt(value: unknown, bounds: RedactBounds, depth: number): unknown {
  if (typeof value === "string") return redactText(value, bounds);
  if (typeof value === "bigint" || typeof value === "symbol") return String(value);
  if (typeof value === "function") return "[function]";
  if (typeof value !== "object" || value === null) return value;
  if (depth >= bounds.maxDepth) return "[deep]";
  if (value instanceof Error) return redactError(value, bounds, depth);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (value instanceof Map) return redactAt(Object.fromEntries(value), bounds, depth);
  if (value instanceof Set) return redactAt([...value], bounds, depth);
  const inside = (entry: unknown) => redactAt(entry, bounds, depth + 1);
  if (Array.isArray(value)) return value.slice(0, bounds.maxArrayLength).map(inside);
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => [name, secretName.test(name) ? redacted : inside(entry)]),
  );
}

function redactError(error: Error, bounds: RedactBounds, depth: number): unknown {
  const { name, message, stack, cause, ...others } = error;
  const shown = {
    type: error.name,
    message: error.message,
    ...others,
    stack,
    ...(cause === undefined ? {} : { cause }),
  };
  return redactAt(shown, bounds, depth);
}

function redactText(text: string, { maxStringLength }: RedactBounds): string {
  const bounded = text.length > maxStringLength ? `${text.slice(0, maxStringLength)}...` : text;
  return secretsInText.reduce((safe, [secret, replacement]) => safe.replaceAll(secret, replacement), bounded);
}
