import type { IceServer } from "../../protocol/ice_server.ts";

/** A URL of a STUN or TURN server, taken apart. */
export interface ParsedIceUrl {
  /** As it was configured. */
  readonly url: string;
  readonly isTurn: boolean;
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** Between us and the server; `dtls` is `turns:` over UDP. */
  readonly transport: "udp" | "tcp" | "tls" | "dtls";
}

/** Takes a URL apart (RFC 7064, 7065); undefined for what is none. */
export function parseIceUrl(url: string): ParsedIceUrl | undefined {
  const [, scheme, v6, name, port, over] =
    /^(stuns?|turns?):(?:\[([^\]]+)\]|([^:?[\]]+))(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?$/i.exec(url) ?? [];
  const host = v6 ?? name;
  if (scheme === undefined || host === undefined) return undefined;
  const isSecure = scheme.toLowerCase().endsWith("s");
  const isTurn = scheme.toLowerCase().startsWith("turn");
  const overUdp = isSecure ? "dtls" : "udp";
  const overTcp = isSecure ? "tls" : "tcp";
  const isTcp = over === undefined ? isSecure : over.toLowerCase() === "tcp";
  const defaultPort = isSecure ? 5349 : 3478;
  return { url, isTurn, host, port: Number(port ?? defaultPort), transport: isTcp ? overTcp : overUdp };
}

/** All URLs of servers, each once. */
export function urlsOf(servers: readonly IceServer[]): readonly ParsedIceUrl[] {
  const urls = new Set(servers.flatMap((server) => [server.urls].flat()));
  return [...urls].flatMap((url) => parseIceUrl(url) ?? []);
}
