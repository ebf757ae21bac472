import { resolve } from "node:path";
import Type from "typebox";
import { define, duration, id, path, Refusal, type Setting, type SettingOptions } from "./setting.ts";
import { flagName } from "./setting_names.ts";
import type { GivenValue } from "./sources.ts";

/** A NATS server, and who we are there when its URL said so. */
export interface NatsServerSetting {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  readonly login?: NatsLoginSetting;
}

/** Who a node is to NATS; files are absolute paths. */
export type NatsLoginSetting =
  | { readonly kind: "user"; readonly user: string; readonly password: string }
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "nkey"; readonly seedFile: string }
  | { readonly kind: "credentials"; readonly file: string };

/** How the cluster's bus is reached. */
export interface NatsConfig {
  readonly servers: readonly NatsServerSetting[];
  readonly login?: NatsLoginSetting;
  /** Set when the connection must be encrypted; absolute paths. */
  readonly tls?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string };
}

/** The cluster. */
export const natsSettings = {
  nats: natsServers({
    meaning:
      "The NATS servers that join nodes to a cluster. The URL may hold `user:password@` or `token@`; `tls://` demands TLS.",
    default: undefined,
    defaultText: "none: the node runs alone",
  }),
  namespace: id({
    meaning: "Begins every NATS subject, so that several clusters can share one NATS.",
    default: "signalbox",
  }),
  drainTimeout: duration({
    meaning:
      "How long a node that is told to stop has for its clients to go on at other nodes; those that are left then are cut off. Nothing without other nodes.",
    default: 60_000,
    defaultText: "60s",
    minMs: 0,
    maxMs: 3_600_000,
  }),
  natsUser: secretText({ meaning: "The user at NATS; needs `--nats-password`.", default: undefined }),
  natsPassword: secretText({ meaning: "The password of `--nats-user`.", default: undefined }),
  natsToken: secretText({ meaning: "The token for NATS.", default: undefined }),
  natsNkey: path({ meaning: "A file with the seed (`SU...`) of our NKey at NATS.", default: undefined }),
  natsCredentials: path({
    meaning: "A credentials file (JWT and seed) for NATS, as `nsc` writes it.",
    default: undefined,
  }),
  natsTlsCa: path({ meaning: "The certificate authority (PEM) of the NATS servers; demands TLS.", default: undefined }),
  natsTlsCert: path({
    meaning: "Our certificate (PEM) for NATS servers that ask for one; needs `--nats-tls-key`, demands TLS.",
    default: undefined,
  }),
  natsTlsKey: path({ meaning: "The private key (PEM) of `--nats-tls-cert`.", default: undefined }),
};

/** Says of a setting why it cannot be used. */
type Refuse = (given: GivenValue | undefined, why: string) => Error;

/** What may be said of a cluster without one, as in a file for all. */
const aboutCluster: ReadonlySet<string> = new Set(["nats", "namespace", "drainTimeout"]);

/**
 * Puts the settings of NATS together; undefined without `--nats`.
 *
 * @throws what `refuse` makes
 */
export function readNats(
  servers: readonly NatsServerSetting[] | undefined,
  given: ReadonlyMap<string, GivenValue>,
  refuse: Refuse,
): NatsConfig | undefined {
  const ours = Object.keys(natsSettings).filter((name) => !aboutCluster.has(name) && given.has(name));
  const [first] = ours;
  if (servers === undefined) {
    if (first !== undefined) throw refuse(given.get(first), `expected ${flagName("nats")} too`);
    return undefined;
  }
  demandBoth("natsUser", "natsPassword", given, refuse);
  demandBoth("natsTlsCert", "natsTlsKey", given, refuse);
  const kinds = ["natsUser", "natsToken", "natsNkey", "natsCredentials"].filter((name) => given.has(name));
  const inUrl = servers.some(({ login }) => login !== undefined);
  const [kind, other] = kinds;
  if (kind !== undefined && (other !== undefined || inUrl)) {
    const also = other === undefined ? "the credentials in the URL" : flagName(other);
    throw refuse(given.get(kind), `expected one way to log in, not ${also} as well`);
  }
  const login = kind === undefined ? undefined : readLogin(kind, given);
  const tls = readTls(servers, given);
  return { servers, ...(login === undefined ? {} : { login }), ...(tls === undefined ? {} : { tls }) };
}

function readLogin(kind: string, given: ReadonlyMap<string, GivenValue>): NatsLoginSetting {
  const text = (name: string) => String(given.get(name)?.value);
  switch (kind) {
    case "natsUser":
      return { kind: "user", user: text("natsUser"), password: text("natsPassword") };
    case "natsToken":
      return { kind: "token", token: text("natsToken") };
    case "natsNkey":
      return { kind: "nkey", seedFile: absolute(given, "natsNkey") ?? "" };
    default:
      return { kind: "credentials", file: absolute(given, "natsCredentials") ?? "" };
  }
}

function readTls(servers: readonly NatsServerSetting[], given: ReadonlyMap<string, GivenValue>): NatsConfig["tls"] {
  const [caFile, certFile, keyFile] = ["natsTlsCa", "natsTlsCert", "natsTlsKey"].map((name) => absolute(given, name));
  const isDemanded = servers.some(({ isTls }) => isTls) || caFile !== undefined || certFile !== undefined;
  if (!isDemanded) return undefined;
  return {
    ...(caFile === undefined ? {} : { caFile }),
    ...(certFile === undefined ? {} : { certFile }),
    ...(keyFile === undefined ? {} : { keyFile }),
  };
}

function absolute(given: ReadonlyMap<string, GivenValue>, name: string): string | undefined {
  const value = given.get(name);
  return value === undefined ? undefined : resolve(value.folder, String(value.value));
}

function demandBoth(one: string, other: string, given: ReadonlyMap<string, GivenValue>, refuse: Refuse): void {
  for (const [there, missing] of [
    [one, other],
    [other, one],
  ] as const) {
    if (given.has(there) && !given.has(missing)) throw refuse(given.get(there), `expected ${flagName(missing)} too`);
  }
}

/** A list of NATS servers: comma-separated, in the file an array too. */
function natsServers(
  options: SettingOptions<readonly NatsServerSetting[] | undefined>,
): Setting<readonly NatsServerSetting[] | undefined> {
  return define<readonly NatsServerSetting[] | undefined, string | string[]>(options, {
    placeholder: "url,...",
    expected: "URLs as nats://host:4222 or tls://host:4222, separated by commas, at most 32",
    schema: Type.Union([
      Type.String({ maxLength: 8_192 }),
      Type.Array(Type.String({ maxLength: 512 }), { maxItems: 32 }),
    ]),
    isSecret: true,
    parseText: (text) => text,
    convert: (value) => {
      const urls = (typeof value === "string" ? value.split(",") : value).map((url) => url.trim());
      return urls.length <= 32 ? urls.map((url, index) => parseServer(url, index + 1)) : undefined;
    },
  });
}

/** Its text is not repeated: it may hold a password. */
function parseServer(text: string, place: number): NatsServerSetting {
  const refuse = (why: string) => new Refusal(`URL ${place} ${why}, expected nats://host:4222 or tls://host:4222`);
  const url = URL.parse(text.includes("://") ? text : `nats://${text}`);
  if (url === null || url.hostname === "") throw refuse("is no URL");
  if (url.protocol !== "nats:" && url.protocol !== "tls:") throw refuse(`has the scheme ${url.protocol}`);
  if ((url.pathname !== "" && url.pathname !== "/") || url.search !== "" || url.hash !== "") throw refuse("has a path");
  const login = readUserInfo(url);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? 4222 : Number(url.port),
    isTls: url.protocol === "tls:",
    ...(login === undefined ? {} : { login }),
  };
}

/** NATS takes a user without a password for a token. */
function readUserInfo({ username, password }: URL): NatsLoginSetting | undefined {
  if (username === "") return undefined;
  const user = decode(username);
  return password === "" ? { kind: "token", token: user } : { kind: "user", user, password: decode(password) };
}

/** A percent sign that encodes nothing is itself. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A text that is never shown. */
function secretText(options: SettingOptions<string | undefined>): Setting<string | undefined> {
  return define<string | undefined, string>(options, {
    placeholder: "text",
    expected: "1 to 1024 characters",
    schema: Type.String({ minLength: 1, maxLength: 1_024 }),
    isSecret: true,
    parseText: (text) => text,
    convert: (value) => value,
  });
}
