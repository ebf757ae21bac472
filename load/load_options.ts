import { parseArgs } from "node:util";
import { findNearest } from "../config/find_nearest.ts";
import { Refusal, type Setting } from "../config/setting.ts";
import { fileKey, flagName } from "../config/setting_names.ts";
import { defaultProcesses, loadSettings, loadSwitches } from "./load_settings.ts";

/** A run, as the command line describes it; goes to the processes as it is. */
export interface LoadOptions {
  /** The WebSocket's. */
  readonly url: string;
  readonly rooms: number;
  /** Members of each room, of whom the first `publishers` send. */
  readonly peers: number;
  readonly publishers: number;
  readonly isAudio: boolean;
  readonly isVideo: boolean;
  readonly isData: boolean;
  readonly forMs: number;
  readonly rampMs: number;
  /** Bits in a second of each video. */
  readonly bitrate: number;
  readonly framesPerSecond: number;
  readonly keyframeIntervalMs: number;
  /** Of each publisher. */
  readonly messagesPerSecond: number;
  readonly processes: number;
  readonly joinTimeoutMs: number;
  readonly roomPrefix: string;
  readonly token?: string;
  readonly jsonFile?: string;
}

/** A command line that cannot be used; the message is for people. */
export class BadOptions extends Error {}

type Values = { readonly [K in keyof typeof loadSettings]: (typeof loadSettings)[K]["default"] };

/** Reads a command line. @throws {BadOptions} */
export function readLoadOptions(argv: readonly string[]): LoadOptions {
  const given = readFlags(argv);
  const read = <T>(name: keyof Values, setting: Setting<T>): T => {
    const text = given.values.get(name);
    if (text === undefined) return setting.default;
    try {
      return setting.read(setting.parseText(text));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      // A token is nobody's business.
      const shown = name === "token" ? "" : ` ${JSON.stringify(text.slice(0, 200))}`;
      throw new BadOptions(`Cannot use ${flagName(name)}${shown}: ${error.message}`);
    }
  };
  const s = loadSettings;
  const [rooms, peers] = [read("rooms", s.rooms), read("peers", s.peers)];
  const [audio, video, data] = ["audio", "video", "data"].map((name) => given.switches.has(name));
  const isAudioAndVideo = !audio && !video && !data;
  const url = read("url", s.url);
  const rampMs = read("ramp", s.ramp);
  const processes = read("processes", s.processes);
  const members = rooms * peers;
  if (members > 100_000) throw new BadOptions(`Cannot play ${members} members: expected 100000 at most`);
  const [token, jsonFile] = [read("token", s.token), read("json", s.json)];
  return {
    url,
    rooms,
    peers,
    publishers: Math.min(peers, read("publishers", s.publishers)),
    isAudio: audio === true || isAudioAndVideo,
    isVideo: video === true || isAudioAndVideo,
    isData: data === true,
    forMs: read("for", s.for),
    rampMs: rampMs < 0 ? 100 * members : rampMs,
    bitrate: read("bitrate", s.bitrate),
    framesPerSecond: read("fps", s.fps),
    keyframeIntervalMs: read("keyframes", s.keyframes),
    messagesPerSecond: read("messages", s.messages),
    processes: Math.min(members, processes === 0 ? defaultProcesses(members, isLoopback(url)) : processes),
    joinTimeoutMs: read("joinTimeout", s.joinTimeout),
    roomPrefix: read("room", s.room),
    ...(token === undefined ? {} : { token }),
    ...(jsonFile === undefined ? {} : { jsonFile }),
  };
}

/** What `--help` prints. */
export function loadHelp(): string {
  const lines = [
    "Plays the members of many rooms and says what became of them.",
    "",
    "Usage: npm run load -- [flags]",
    "",
  ];
  for (const [name, meaning] of Object.entries(loadSwitches)) lines.push(`  ${flagName(name)}`, `      ${meaning}`);
  for (const [name, setting] of Object.entries<Setting<unknown>>(loadSettings)) {
    const shown = setting.defaultText ?? setting.default ?? "none";
    lines.push(`  ${flagName(name)} <${setting.placeholder}>`, `      ${setting.meaning} Default: ${shown}.`);
  }
  lines.push(
    "",
    "Ends with 0 when everybody came in and got every stream, 1 when not, 78 for flags that cannot be used.",
  );
  return `${lines.join("\n").replaceAll("`", "")}\n`;
}

interface GivenFlags {
  readonly values: ReadonlyMap<string, string>;
  readonly switches: ReadonlySet<string>;
}

function readFlags(argv: readonly string[]): GivenFlags {
  const valued = new Map(Object.keys(loadSettings).map((name) => [fileKey(name), name]));
  const known = [...valued.keys(), ...Object.keys(loadSwitches)];
  const options = Object.fromEntries(
    known.map((key) => [key, { type: valued.has(key) ? ("string" as const) : ("boolean" as const) }]),
  );
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true });
  const values = new Map<string, string>();
  const switches = new Set<string>();
  for (const token of tokens) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") {
      throw new BadOptions(
        `Cannot use ${JSON.stringify(token.value.slice(0, 64))}: expected a flag; --help lists them`,
      );
    }
    const { name, rawName, value } = token;
    if (!known.includes(name) || !rawName.startsWith("--")) throw unknownFlag(rawName, known);
    const setting = valued.get(name);
    if (setting === undefined) {
      if (value !== undefined) throw new BadOptions(`Cannot use ${rawName}=${value.slice(0, 64)}: expected no value`);
      switches.add(name);
    } else {
      if (values.has(setting)) throw new BadOptions(`Cannot use ${rawName} twice: expected it only once`);
      values.set(setting, textOf(token));
    }
  }
  return { values, switches };
}

function unknownFlag(rawName: string, known: readonly string[]): BadOptions {
  const nearest = findNearest(rawName.replace(/^-+/, ""), known);
  const hint = nearest === undefined ? "; --help lists them" : `; did you mean --${nearest}?`;
  return new BadOptions(`Cannot use ${rawName.slice(0, 64)}: there is no such flag${hint}`);
}

function textOf(token: { rawName: string; value: string | undefined; inlineValue: boolean | undefined }): string {
  const { rawName, value, inlineValue } = token;
  if (value !== undefined && (inlineValue === true || !value.startsWith("--"))) return value;
  throw new BadOptions(`Cannot use ${rawName}: expected a value after it`);
}

function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === "localhost" || hostname === "[::1]" || hostname.startsWith("127.");
}
