/** Longest string, array and depth that a log line holds. Ours: a line stays readable, and its cost bounded. */
const maxStringLength = 8_192;
const maxArrayLength = 64;
const maxDepth = 6;

const redacted = "[redacted]";

/** Names of fields whose values nobody may read in a log, whatever they are. */
const secretName = /credential|password|passphrase|secret|token|authorization|cookie|privateKey|^seed$|^pwd$/i;

/** Secrets inside of text: ICE passwords and SRTP keys of an SDP (RFC 8839, RFC 4568), tokens in URLs and headers, NKey seeds. */
const secretsInText: readonly (readonly [RegExp, string])[] = [
  [/(a=ice-pwd:)\S+/g, `$1${redacted}`],
  [/(a=crypto:\d+ \S+ inline:)\S+/g, `$1${redacted}`],
  [/([?&](?:token|access_token|apiKey|secretKey|secret)=)[^&\s"]+/gi, `$1${redacted}`],
  [/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@"']+@/gi, `$1${redacted}@`],
  [/\bS[UANOC][A-Z2-7]{56}\b/g, redacted],
  [/(Bearer )[\w.~+/=-]+/g, `$1${redacted}`],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]+/g, redacted],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, redacted],
];

/** A copy that is safe to log: bounded, JSON-safe, without secrets, and with errors as objects. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return redactText(value);
  if (typeof value === "bigint" || typeof value === "symbol") return String(value);
  if (typeof value === "function") return "[function]";
  if (typeof value !== "object" || value === null) return value;
  if (depth >= maxDepth) return "[deep]";
  if (value instanceof Error) return redactError(value, depth);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (value instanceof Map) return redact(Object.fromEntries(value), depth);
  if (value instanceof Set) return redact([...value], depth);
  if (Array.isArray(value)) return value.slice(0, maxArrayLength).map((entry) => redact(entry, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => [name, secretName.test(name) ? redacted : redact(entry, depth + 1)]),
  );
}

function redactError(error: Error, depth: number): unknown {
  const { name, message, stack, cause, ...others } = error;
  return redact(
    { type: error.name, message: error.message, ...others, stack, ...(cause === undefined ? {} : { cause }) },
    depth,
  );
}

function redactText(text: string): string {
  const bounded = text.length > maxStringLength ? `${text.slice(0, maxStringLength)}...` : text;
  return secretsInText.reduce((safe, [secret, replacement]) => safe.replaceAll(secret, replacement), bounded);
}
