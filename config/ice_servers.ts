import Type from "typebox";
import { IceServer } from "../protocol/ice_server.ts";
import { checkShape, type IceSource, readIceSource } from "./ice_sources.ts";
import { checkIceUrl } from "./ice_url.ts";
import { define, Refusal, type Setting, type SettingOptions } from "./setting.ts";

/** A server that is named, or a source that has credentials made for it. */
export type IceEntry = IceServer | IceSource;

const expected =
  'a JSON array as [{"urls":"turn:turn.example.org","username":"u","credential":"c"}] or [{"source":"turn-rest","urls":["turn:turn.example.org"],"secrets":["$TURN_SECRET"]}]';

/** Entries that were configured. Ours. */
const maxEntries = 32;

/** A list of `RTCIceServer` (W3C WebRTC 4.2.4) and of sources. What is wrong is told by place, since the values hold credentials. */
export function iceServers(options: SettingOptions<readonly IceEntry[]>): Setting<readonly IceEntry[]> {
  return define<readonly IceEntry[], unknown>(options, {
    placeholder: "json",
    expected,
    schema: Type.Unknown(),
    isSecret: true,
    parseText: parseJson,
    convert: (value) => {
      if (!Array.isArray(value)) return undefined;
      if (value.length > maxEntries)
        throw new Refusal(`it has ${value.length} entries, expected ${maxEntries} at most`);
      return value.map((entry, index) => readEntry(entry, `[${index}]`));
    },
  });
}

function readEntry(entry: unknown, place: string): IceEntry {
  if (typeof entry === "object" && entry !== null && "source" in entry) return readIceSource(entry, place);
  const server = checkShape(IceServer, entry, { place, what: "RTCIceServer", expected });
  const isTurn = [server.urls].flat().map((url) => checkIceUrl(url, `${place}.urls`));
  // W3C WebRTC 4.4.1.1: a TURN server without either is an error of the configuration.
  if (isTurn.includes(true) && (server.username === undefined || server.credential === undefined)) {
    throw new Refusal(`${place} is a TURN server, expected both its username and its credential`);
  }
  return server;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
