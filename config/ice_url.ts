import { isIPv6 } from "node:net";
import { Refusal } from "./setting.ts";

/**
 * Checks the URL of a STUN or TURN server (RFC 7064, RFC 7065); `place` is where it was configured.
 *
 * @returns whether it is one of a TURN server
 * @throws {Refusal} which does not repeat the URL
 */
export function checkIceUrl(url: string, place: string): boolean {
  const scheme = /^([a-z]{1,8}):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme !== "stun" && scheme !== "turn" && scheme !== "turns") {
    throw new Refusal(`${place} has the scheme ${JSON.stringify(scheme ?? "")}, expected stun:, turn: or turns:`);
  }
  if (!isIceUrl(url)) {
    throw new Refusal(`${place} is not a URL as RFC 7064 and 7065 say, expected ${scheme}:host or ${scheme}:host:port`);
  }
  return scheme !== "stun";
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
