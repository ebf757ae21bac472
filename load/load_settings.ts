import { availableParallelism } from "node:os";
import Type from "typebox";
import { define, integer, type Setting, type SettingOptions } from "../config/setting.ts";

/** A length of time as people write it, in milliseconds: `500ms`, `60s`, `5m`, `1h`. */
export function duration(
  options: SettingOptions<number> & { readonly minMs: number; readonly maxMs: number },
): Setting<number> {
  const { minMs, maxMs, ...rest } = options;
  return define<number, number>(rest, {
    placeholder: "time",
    expected: `a time from ${minMs / 1_000} s to ${maxMs / 1_000} s, as 500ms, 60s or 5m`,
    schema: Type.Number({ minimum: minMs, maximum: maxMs }),
    parseText: (text) => scaled(text, { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }),
    convert: (value) => value,
  });
}

/** Bits in a second: `300k`, `1.5M` or a plain number. */
export function bitrate(
  options: SettingOptions<number> & { readonly min: number; readonly max: number },
): Setting<number> {
  const { min, max, ...rest } = options;
  return define<number, number>(rest, {
    placeholder: "bits",
    expected: `bits in a second from ${min} to ${max}, as 300k or 1.5M`,
    schema: Type.Number({ minimum: min, maximum: max }),
    parseText: (text) => scaled(text, { "": 1, k: 1_000, K: 1_000, M: 1_000_000 }),
    convert: (value) => Math.round(value),
  });
}

/** Any text of a length. */
export function text<D extends string | undefined>(
  options: SettingOptions<D> & { readonly placeholder: string; readonly expected: string; readonly pattern: RegExp },
): Setting<string | D> {
  const { placeholder, expected, pattern, ...rest } = options;
  return define<string | D, string>(rest, {
    placeholder,
    expected,
    schema: Type.String({ minLength: 1, maxLength: 8192 }),
    parseText: (given) => given,
    convert: (value) => (pattern.test(value) ? value : undefined),
  });
}

function scaled(given: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, number, unit = ""] = /^(\d{1,9}(?:\.\d{1,3})?)([A-Za-z]*)$/.exec(given) ?? [];
  const scale = units[unit];
  return number === undefined || scale === undefined ? undefined : Number(number) * scale;
}

/** The SDK takes the address of the WebSocket; people give that of the page as well. */
function url(options: SettingOptions<string>): Setting<string> {
  return define<string, string>(options, {
    placeholder: "url",
    expected: "an address as http://127.0.0.1:8080 or wss://sfu.example/ws",
    schema: Type.String({ minLength: 1, maxLength: 2048 }),
    parseText: (given) => given,
    convert(value) {
      const parsed = URL.parse(value);
      if (parsed === null || !/^(https?|wss?):$/.test(parsed.protocol)) return undefined;
      parsed.protocol = parsed.protocol.replace("http", "ws");
      if (parsed.pathname === "/") parsed.pathname = "/ws";
      parsed.hash = "";
      return parsed.href;
    },
  });
}

/** What takes a value. Every default and bound stands here. */
export const loadSettings = {
  url: url({
    meaning: "The server: its page or its WebSocket.",
    default: "ws://127.0.0.1:8080/ws",
    defaultText: "http://127.0.0.1:8080",
  }),
  rooms: integer({ meaning: "Rooms.", default: 1, min: 1, max: 10_000 }),
  peers: integer({ meaning: "Members of each room.", default: 4, min: 1, max: 1_000 }),
  publishers: integer({
    meaning: "How many of a room's members send; the others only receive.",
    default: 1_000,
    defaultText: "all",
    min: 0,
    max: 1_000,
  }),
  for: duration({
    meaning: "How long it goes on once everybody is in, or has failed to come in.",
    default: 30_000,
    defaultText: "30s",
    minMs: 100,
    maxMs: 86_400_000,
  }),
  ramp: duration({
    meaning: "Within which time the members come in, one after another.",
    default: -1,
    defaultText: "100ms for each member",
    minMs: 0,
    maxMs: 3_600_000,
  }),
  bitrate: bitrate({ meaning: "Of each video.", default: 300_000, defaultText: "300k", min: 20_000, max: 20_000_000 }),
  fps: integer({ meaning: "Frames in a second of each video.", default: 15, min: 1, max: 60 }),
  keyframes: duration({
    meaning: "A keyframe at least so often, beside those that are asked for.",
    default: 10_000,
    defaultText: "10s",
    minMs: 100,
    maxMs: 3_600_000,
  }),
  messages: integer({
    meaning: "Messages in a second of each publisher, with `--data`.",
    default: 5,
    min: 1,
    max: 1_000,
  }),
  processes: integer({
    meaning: "Processes that the members are shared out to, each good for one core.",
    default: 0,
    defaultText: "as many as there are cores, less one for a server on this machine; at least four members each",
    min: 1,
    max: 256,
  }),
  joinTimeout: duration({
    meaning: "How long a member may take to join, and then to get its media connected, before it counts as failed.",
    default: 15_000,
    defaultText: "15s",
    minMs: 100,
    maxMs: 300_000,
  }),
  room: text({
    meaning: "The rooms are called this, `-` and a number.",
    default: "load",
    placeholder: "name",
    expected: "1 to 50 of the characters A-Z, a-z, 0-9, _ and -",
    pattern: /^[A-Za-z0-9_-]{1,50}$/,
  }),
  token: text({
    meaning: "Lets the members in, where the server wants one.",
    default: undefined,
    placeholder: "token",
    expected: "a token",
    pattern: /^\S+$/,
  }),
  json: text({
    meaning: "Writes the report to this file, too.",
    default: undefined,
    placeholder: "file",
    expected: "the path of a file",
    pattern: /./,
  }),
} as const;

/** What takes none. */
export const loadSwitches = {
  audio: "Publishers send audio (Opus, 50 packets a second, 32 kbit/s).",
  video: "Publishers send video (VP8). Without --audio, --video and --data it is audio and video.",
  data: "Publishers send messages on a room channel.",
} as const;

/** Processes for so many members on this machine; where the server is here too, a core is left to it. */
export function defaultProcesses(members: number, isServerHere: boolean): number {
  const cores = availableParallelism() - (isServerHere ? 1 : 0);
  return Math.max(1, Math.min(cores, Math.floor(members / 4)));
}
