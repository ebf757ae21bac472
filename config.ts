import { isIPv4 } from "node:net";
import { resolve } from "node:path";
import { deepFreeze } from "./config/deep_freeze.ts";
import { type IceEntry, iceServers } from "./config/ice_servers.ts";
import { takeFromEnvironment } from "./config/ice_sources.ts";
import { checkLimitPairs } from "./config/limit_pairs.ts";
import { limitSettings } from "./config/limit_settings.ts";
import { type NatsConfig, natsSettings, readNats } from "./config/nats_settings.ts";
import { checkIceLite, consentSettings, pathSettings, relaySettings } from "./config/path_settings.ts";
import {
  choice,
  host,
  id,
  integer,
  type PortRange,
  path,
  portRange,
  Refusal,
  type Setting,
  secret,
} from "./config/setting.ts";
import { flagName } from "./config/setting_names.ts";
import { warningsAbout } from "./config/setting_warnings.ts";
import { type ConfigSources, type GivenValue, readSources } from "./config/sources.ts";
import { checkTcpPorts, type TcpPorts, tcpSettings } from "./config/tcp_ports.ts";
import { checkWorkers, workerCount } from "./config/worker_settings.ts";
import { excessiveLimits, natsMaxPayloadBytes } from "./protocol/bus_message_limits.ts";
import { SignalboxError } from "./protocol/signalbox_error.ts";

// The table of all settings: types, checks, `--help` and docs/configuration.md are made from it. The name of a setting in
// the program gives its flag, its variable and its key in the file. Bounds without a source are ours.

const MINUTES_MS = 60_000;

/** The listener, media and the log. */
const generalSettings = {
  host: host({
    meaning: "The address to listen on. Anything but loopback needs `--auth open`.",
    default: undefined,
    defaultText: "`127.0.0.1`, with `--auth open` `0.0.0.0`",
  }),
  port: integer({ meaning: "The port to listen on; 0 picks a free one.", default: 8080, min: 0, max: 65_535 }),
  auth: choice(["open"], {
    meaning: "Who may connect. `open`: anyone who reaches the port. Without it the node listens on loopback only.",
    default: undefined,
    others: { token: "tokens of clients are not checked yet, expected open" },
  }),
  secret: secret({
    meaning:
      "The cluster's secret, the same on every node: signs what a client comes back with when its socket dropped, and checks what your program signs for clients. `--nats` needs one.",
    default: undefined,
    defaultText: "a random one for each start",
    minLength: 32,
  }),
  adminToken: secret({
    meaning: "Who has it may look inside: `/inspect`, `/api`. Without one, only who is on this machine may.",
    default: undefined,
    defaultText: "none",
    minLength: 16,
    isBearer: true,
  }),
  nodeId: id({
    meaning: "This node's name, which clients are told when they join a room.",
    default: undefined,
    defaultText: "a random one for each start",
  }),
  tlsKey: path({ meaning: "The private key (PEM) for TLS; needs `--tls-cert`.", default: undefined }),
  tlsCert: path({ meaning: "The certificate chain (PEM) for TLS; needs `--tls-key`.", default: undefined }),
  ...pathSettings,
  udpPorts: portRange({
    meaning: "The UDP port for the media of all clients, or a range of which each takes its own.",
    default: undefined,
    defaultText: "any free port",
  }),
  ...tcpSettings,
  iceServers: iceServers({
    meaning:
      "STUN and TURN servers, as an array of the W3C's `RTCIceServer` and of sources that have credentials made (docs/ice.md).",
    default: [],
    defaultText: "none",
  }),
  ...relaySettings,
  logLevel: choice(["trace", "debug", "info", "warn", "error"], {
    meaning: "The least severe level that is logged.",
    default: "info",
  }),
};

/** What joins nodes to a cluster. */
const clusterSettings = {
  ...natsSettings,
  workers: workerCount({
    meaning: "Nodes to run on this machine, as processes that share the port; more than 1 need `--nats`.",
    default: 1,
  }),
};

/** How long something may take, in milliseconds. */
const timeoutSettings = {
  // uWebSockets.js takes 8 to 960 seconds.
  idleTimeoutMs: integer({
    meaning: "A socket on which nothing came for this long, not even a pong, is closed.",
    default: 30_000,
    min: 8_000,
    max: 16 * MINUTES_MS,
  }),
  slowConsumerTimeoutMs: timeout(10_000, "A client that is slow for this long is closed as `slow-consumer`."),
  engineTimeoutMs: timeout(10_000, "A step of the negotiation on the server."),
  answerTimeoutMs: timeout(15_000, "The client's answer to an offer of the server."),
  resumeTimeoutMs: timeout(30_000, "A client in a room whose socket dropped may come back for this long."),
  resumeTokenLifetimeMs: integer({
    meaning: "A client may come back to a room with a token this old after its node is gone.",
    default: 12 * 60 * MINUTES_MS,
    min: MINUTES_MS,
    max: 7 * 24 * 60 * MINUTES_MS,
  }),
  joinTimeoutMs: timeout(10_000, "The program's decision on a join; without one it is refused as `join-timeout`."),
  gatheringTimeoutMs: timeout(5_000, "Gathering the server's candidates; what is there then has to do."),
  connectingTimeoutMs: timeout(30_000, "ICE: from the first check to a working candidate pair."),
  dtlsTimeoutMs: timeout(10_000, "The DTLS handshake."),
  // Both sides ask for consent every 4 to 6 s (RFC 7675, 5.1): one lost answer is no silence.
  silenceTimeoutMs: timeout(8_000, "Nothing received for this long makes a peer connection `disconnected`."),
  ...consentSettings,
  restartTimeoutMs: timeout(6_000, "A peer connection `disconnected` for this long has the server restart ICE."),
  disconnectedTimeoutMs: timeout(22_000, "A peer connection `disconnected` for this long is `failed`."),
  failedTimeoutMs: timeout(30_000, "A peer connection `failed` for this long, without an ICE restart, is `closed`."),
  nodeTimeoutMs: integer({
    meaning: "Another node that is not heard of for this long is lost; each tells of itself three times in it.",
    default: 6_000,
    min: 1_000,
    max: MINUTES_MS,
  }),
  recordTimeoutMs: timeout(15 * MINUTES_MS, "What is recorded of an actor that ended is kept for this long."),
  closeTimeoutMs: timeout(5_000, "Closing a peer connection on the server; what is left then is given up."),
  shutdownTimeoutMs: timeout(5_000, "Closing everything at the end of the node; what is left then is cut off."),
};

/** All settings, in the groups and the order of `--help` and docs/configuration.md. */
export const settingGroups = {
  General: generalSettings,
  Cluster: clusterSettings,
  Limits: limitSettings,
  "Time limits": timeoutSettings,
} as const;

type Values<G> = { readonly [K in keyof G]: G[K] extends Setting<infer T> ? T : never };

/** What a node was told, checked and frozen. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** Anyone may connect. Otherwise `host` is a loopback address. */
  readonly isOpen: boolean;
  /** Without one, whoever starts the node makes one up. */
  readonly nodeId?: string;
  /** Processes that share `port`. With more than 1 whoever starts them gives each a `nodeId` and a part of `udpPorts` of its own. */
  readonly workers: number;
  /** Of 32 characters or more. Without one, whoever starts the node makes one up. */
  readonly secret?: string;
  /** Of 16 characters or more. */
  readonly adminToken?: string;
  /** Absolute paths of PEM files; whoever listens checks that they can be used. */
  readonly tls?: { readonly keyFile: string; readonly certFile: string };
  /** Without it the node runs alone. */
  readonly nats?: NatsConfig;
  /** Begins every subject on the bus. */
  readonly namespace: string;
  readonly announceIps: readonly string[];
  readonly interfaces: readonly string[];
  readonly isIceLite: boolean;
  readonly relayCandidates: Values<typeof generalSettings>["relayCandidates"];
  readonly udpPorts?: PortRange;
  readonly tcpPorts?: TcpPorts;
  readonly iceServers: readonly IceEntry[];
  readonly logLevel: NonNullable<Values<typeof generalSettings>["logLevel"]>;
  /** How long a node that is told to stop waits for its clients to go on at other nodes. */
  readonly drainTimeoutMs: number;
  readonly limits: Values<typeof limitSettings>;
  readonly timeouts: Values<typeof timeoutSettings>;
  /** What the user should hear at the start, one line each. */
  readonly warnings: readonly string[];
}

/**
 * Reads what the node was told: a flag wins over a variable, a variable over the file, the file over the default.
 *
 * @throws {SignalboxError} `bad-config`, in one line that names the setting as it was given, its value and what was expected.
 */
export function readConfig(sources: ConfigSources): Config {
  const names = Object.values(settingGroups).flatMap((group) => Object.keys(group));
  const { values: given, warnings } = readSources(names, sources);
  const general = readGroup(generalSettings, given);
  const cluster = readGroup(clusterSettings, given);
  const limits = readGroup(limitSettings, given);
  const timeouts = readGroup(timeoutSettings, given);
  const isOpen = general.auth === "open";
  if (!isOpen && general.host !== undefined && !isLoopback(general.host)) {
    throw refused(
      given.get("host"),
      general.host,
      "anyone who reaches it could connect; to allow that add --auth open",
    );
  }
  if (general.secret !== undefined && !isOpen) {
    const why = "with one, clients would need tokens to connect, which nodes do not ask for yet; add --auth open";
    throw refused(given.get("secret"), undefined, why);
  }
  checkLimitPairs(limits, given, (culprit, why) => refused(given.get(culprit), limits[culprit], why));
  const tls = readTls(given.get("tlsKey"), given.get("tlsCert"));
  const nats = readNats(cluster.nats, given, (culprit, why) => refused(culprit, undefined, why));
  if (nats !== undefined && general.secret === undefined) {
    throw refused(given.get("nats"), undefined, `expected ${flagName("secret")} too, the same on every node`);
  }
  const [excess] = nats === undefined ? [] : excessiveLimits(limits, natsMaxPayloadBytes);
  if (excess !== undefined) {
    const { name, bound } = excess;
    const why = `expected ${bound} at most with ${flagName("nats")}, so that it fits into a message of NATS (${natsMaxPayloadBytes} bytes)`;
    throw refused(given.get(name), limits[name], why);
  }
  const { workers } = cluster;
  checkWorkers({ ...general, workers, hasNats: nats !== undefined }, (why) =>
    refused(given.get("workers"), workers, why),
  );
  checkIceLite(general, (why) => refused(given.get("relayCandidates"), general.relayCandidates, why));
  checkTcpPorts({ ...general, workers }, (why) => refused(given.get("tcpPorts"), given.get("tcpPorts")?.value, why));
  return deepFreeze({
    host: general.host ?? (isOpen ? "0.0.0.0" : "127.0.0.1"),
    port: general.port,
    isOpen,
    ...(general.nodeId === undefined ? {} : { nodeId: general.nodeId }),
    workers,
    ...(general.secret === undefined ? {} : { secret: general.secret }),
    ...(general.adminToken === undefined ? {} : { adminToken: general.adminToken }),
    ...(tls === undefined ? {} : { tls }),
    ...(nats === undefined ? {} : { nats }),
    namespace: cluster.namespace ?? "signalbox",
    announceIps: general.announceIp,
    interfaces: general.interfaces,
    isIceLite: general.iceLite,
    relayCandidates: general.relayCandidates,
    ...(general.udpPorts === undefined ? {} : { udpPorts: general.udpPorts }),
    ...(general.tcpPorts === undefined ? {} : { tcpPorts: general.tcpPorts }),
    iceServers: takeFromEnvironment(general.iceServers, sources.env, (why) =>
      refused(given.get("iceServers"), undefined, why),
    ),
    logLevel: general.logLevel,
    drainTimeoutMs: cluster.drainTimeout,
    limits,
    timeouts,
    warnings: [...warnings, ...warningsAbout(general)],
  });
}

function timeout(defaultMs: number, meaning: string): Setting<number> {
  return integer({ meaning, default: defaultMs, min: 100, max: 60 * MINUTES_MS });
}

function readGroup<G extends Readonly<Record<string, Setting<unknown>>>>(
  group: G,
  given: ReadonlyMap<string, GivenValue>,
): Values<G> {
  const entries = Object.entries(group).map(([name, setting]) => [name, readSetting(setting, given.get(name))]);
  return Object.fromEntries(entries) as Values<G>;
}

function readSetting<T>(setting: Setting<T>, given: GivenValue | undefined): T {
  if (given === undefined) return setting.default;
  try {
    return setting.read(given.isText ? setting.parseText(String(given.value)) : given.value);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw refused(given, setting.isSecret ? undefined : given.value, error.message);
  }
}

function readTls(key: GivenValue | undefined, cert: GivenValue | undefined): Config["tls"] {
  if (key === undefined && cert === undefined) return undefined;
  if (key === undefined) throw refused(cert, cert?.value, `expected ${flagName("tlsKey")} too`);
  if (cert === undefined) throw refused(key, key.value, `expected ${flagName("tlsCert")} too`);
  const resolved = ({ folder, value }: GivenValue) => resolve(folder, String(value));
  return { keyFile: resolved(key), certFile: resolved(cert) };
}

function refused(given: GivenValue | undefined, value: unknown, why: string): SignalboxError {
  const shown = value === undefined ? "" : ` ${JSON.stringify(value).slice(0, 200)}`;
  return new SignalboxError("bad-config", `Cannot use ${given?.name}${shown}: ${why}`);
}

function isLoopback(address: string): boolean {
  return address === "localhost" || address === "::1" || (isIPv4(address) && address.startsWith("127."));
}
