import { isIPv6 } from "node:net";
import Type from "typebox";
import { Compile } from "typebox/compile";
import { IceServer } from "../protocol/ice_server.ts";
import { define, Refusal, type Setting, type SettingOptions } from "./setting.ts";

const schema = Type.Array(IceServer, { maxItems: 32 });
const validator = Compile(schema);
const expected = 'a JSON array as [{"urls":"turn:turn.example.org","username":"u","credential":"c"}]';

/** A list of `RTCIceServer` (W3C WebRTC 4.2.4). What is wrong is told by place, since the values hold credentials. */
export function iceServers(options: SettingOptions<readonly IceServer[]>): Setting<readonly IceServer[]> {
  return define<readonly IceServer[], unknown>(options, {
    placeholder: "json",
    expected,
    schema: Type.Unknown(),
    isSecret: true,
    parseText: parseJson,
    convert: (value) => {
      if (!Array.isArray(value)) return undefined;
      if (!validator.Check(value)) {
        const [error] = validator.Errors(value).toSorted((a, b) => b.instancePath.length - a.instancePath.length);
        const place = error?.instancePath.split("/").slice(1) ?? [];
        // What JSON Schema says of a field that is not allowed.
        const why = error?.message === "schema is false" ? "is no field of RTCIceServer" : error?.message;
        throw new Refusal(`${placeName(place)} ${why ?? "is not as it should be"}, expected ${expected}`);
      }
      for (const [index, server] of value.entries()) checkServer(server, `[${index}]`);
      return value;
    },
  });
}

function checkServer(server: IceServer, place: string): void {
  const urls = typeof server.urls === "string" ? [server.urls] : server.urls;
  for (const url of urls) {
    const scheme = /^([a-z]{1,8}):/i.exec(url)?.[1]?.toLowerCase();
    if (scheme !== "stun" && scheme !== "turn" && scheme !== "turns") {
      throw new Refusal(
        `${place}.urls has the scheme ${JSON.stringify(scheme ?? "")}, expected stun:, turn: or turns:`,
      );
    }
    if (!isIceUrl(url)) {
      throw new Refusal(
        `${place}.urls is not a URL as RFC 7064 and 7065 say, expected ${scheme}:host or ${scheme}:host:port`,
      );
    }
    // W3C WebRTC 4.4.1.1: a TURN server without either is an error of the configuration.
    if (scheme !== "stun" && (server.username === undefined || server.credential === undefined)) {
      throw new Refusal(`${place} is a TURN server, expected both its username and its credential`);
    }
  }
}

function isIceUrl(url: string): boolean {
  const [, scheme, v6, port, transport] =
    /^([a-z]+):(?:\[([\dA-Fa-f:.]+)\]|[A-Za-z0-9][A-Za-z0-9._-]*)(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?$/i.exec(
      url,
    ) ?? [];
  if (scheme === undefined || (v6 !== undefined && !isIPv6(v6))) return false;
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) return false;
  return scheme.toLowerCase() !== "stun" || transport === undefined;
}

function placeName(path: readonly string[]): string {
  return (
    path.map((part, index) => (/^\d+$/.test(part) ? `[${part}]` : index === 0 ? part : `.${part}`)).join("") || "it"
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
