import { isIPv4 } from "node:net";
import type { RTCIceServer } from "werift";
import { addressKindOf } from "../../actors/explain/named_candidate.ts";
import type { IceServer } from "../../protocol/ice_server.ts";

/** Whether a node gathers relay candidates of its own: where it has to, always, or never. */
export type RelayCandidates = "auto" | "on" | "off";

export interface ServersForNodeOptions {
  readonly relayCandidates: RelayCandidates;
  readonly announceIps: readonly string[];
  /** The addresses of this machine. */
  readonly hosts: readonly string[];
}

/**
 * The STUN and TURN servers that the node itself asks, out of those that clients are told. A relay costs an allocation for each
 * peer, and is of no use where clients reach the node by themselves: `auto` leaves it away then.
 */
export function serversForNode(servers: readonly IceServer[], options: ServersForNodeOptions): RTCIceServer[] {
  const isRelaying = gathersRelays(options);
  return servers.flatMap(({ urls, username, credential }) =>
    [urls]
      .flat()
      .filter((url) => isRelaying || !/^turns?:/i.test(url))
      .map((url) => ({
        urls: url,
        ...(username === undefined ? {} : { username }),
        ...(credential === undefined ? {} : { credential }),
      })),
  );
}

/** Every client has IPv4, if only by NAT64 or its TURN server: a public IPv6 address alone does not do. */
function gathersRelays({ relayCandidates, announceIps, hosts }: ServersForNodeOptions): boolean {
  if (relayCandidates !== "auto") return relayCandidates === "on";
  if (announceIps.some((ip) => isIPv4(ip))) return false;
  return !hosts.some((ip) => isIPv4(ip) && addressKindOf(ip) === "public");
}
