import type { RelayKind } from "./path_kind.ts";

/** What a URL of an ICE server (RFC 7064, RFC 7065) leads to. */
export interface IceUrl {
  /** `other`: TURN over DTLS, which no browser speaks, and what is no URL of an ICE server at all. */
  readonly kind: "stun" | RelayKind | "other";
  readonly host: string;
  readonly port: number;
}

/** Reads a URL of an ICE server. */
export function readIceUrl(url: string): IceUrl {
  const match = /^(stuns?|turns?):(\[[^\]]+\]|[^:?]+)(?::(\d+))?(?:\?transport=(udp|tcp))?$/i.exec(url);
  const [, scheme = "", host = "", port, transport] = match ?? [];
  const isSecure = scheme.toLowerCase().endsWith("s");
  const read = { host, port: port === undefined ? (isSecure ? 5349 : 3478) : Number(port) };
  if (/^stuns?$/i.test(scheme)) return { ...read, kind: "stun" };
  if (scheme === "" || (isSecure && transport?.toLowerCase() === "udp")) return { ...read, kind: "other" };
  if (isSecure) return { ...read, kind: "relay-tls" };
  return { ...read, kind: transport?.toLowerCase() === "tcp" ? "relay-tcp" : "relay-udp" };
}

/** One URL with the credentials for it, as a peer connection takes them. */
export interface IceEntry {
  readonly url: string;
  readonly server: RTCIceServer;
}

/** The most URLs that are asked: each costs a peer connection of its own. Ours; providers name up to eight. */
export const maxAskedUrls = 12;

/** Every URL by itself, each once, so that times and errors belong to one of them. */
export function entriesOf(servers: readonly RTCIceServer[]): readonly IceEntry[] {
  const entries = new Map<string, IceEntry>();
  for (const server of servers) {
    for (const url of [server.urls].flat()) {
      if (!entries.has(url)) entries.set(url, { url, server: { ...server, urls: url } });
    }
  }
  return [...entries.values()].slice(0, maxAskedUrls);
}

/**
 * STUN URLs to compare ports by: a TURN server over UDP answers STUN as well (RFC 8656, section 13), without credentials.
 * Each server once, and no more than browsers like.
 */
export function mappingUrls(entries: readonly IceEntry[]): readonly string[] {
  const urls = new Map<string, string>();
  for (const { url } of entries) {
    const { kind, host, port } = readIceUrl(url);
    if (url.startsWith("stun:") || kind === "relay-udp") urls.set(`${host}:${port}`, `stun:${host}:${port}`);
  }
  return [...urls.values()].slice(0, 4);
}
