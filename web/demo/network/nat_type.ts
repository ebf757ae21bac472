import { isHidden, isPrivate } from "../candidate.ts";
import type { FoundCandidate } from "./network_facts.ts";

/**
 * What stands between the browser and the internet (RFC 4787, section 4.1), as far as STUN tells. `steady` keeps one port for all
 * servers, `symmetric` has another one for each, so that what was learned from one server is of no use to another.
 */
export type NatType = "none" | "steady" | "symmetric" | "some" | "unknown";

/** Judges by what several servers saw of the same socket. `answered`: how many servers were reached over UDP. */
export function natTypeOf(found: readonly FoundCandidate[], answered: number): NatType {
  const udp = found.filter(({ protocol }) => protocol === "udp");
  const seen = udp.filter(({ type }) => type === "srflx");
  const own = udp.filter(({ type, address }) => type === "host" && !address.includes(":"));
  if (seen.length === 0) {
    const isPublic = own.some((one) => !isHidden(one) && !isPrivate(one.address));
    return answered > 0 && isPublic ? "none" : "unknown";
  }
  if (hasSeveralPorts(seen, own.length)) return "symmetric";
  return answered > 1 ? "steady" : "some";
}

/** One socket that was seen at two ports of one address. A browser that hides which socket it was tells it only where it has just one. */
function hasSeveralPorts(seen: readonly FoundCandidate[], sockets: number): boolean {
  const portsOf = new Map<string, Set<number>>();
  for (const { address, port, relatedPort } of seen) {
    if (relatedPort === 0 && sockets > 1) continue;
    const key = `${address} ${relatedPort}`;
    portsOf.set(key, (portsOf.get(key) ?? new Set()).add(port));
  }
  return [...portsOf.values()].some((ports) => ports.size > 1);
}
