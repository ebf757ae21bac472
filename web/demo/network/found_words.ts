import { isHidden, type SeenCandidate } from "../candidate.ts";
import { readIceUrl } from "./ice_url.ts";
import { type NatType, natTypeOf } from "./nat_type.ts";
import type { NetworkFacts } from "./network_facts.ts";

/** Says where an address is from (RFC 8445, section 5.1.1). */
export function sayCandidate({ type, protocol, address }: SeenCandidate): string {
  const family = isHidden({ type, protocol, address, port: 0 }) ? "" : address.includes(":") ? "IPv6, " : "IPv4, ";
  const from: Readonly<Record<string, string>> = {
    host: "of this device",
    srflx: "as a STUN server sees it",
    prflx: "as the other side sees it",
    relay: "at the relay",
  };
  return `${family}${protocol.toUpperCase()}, ${from[type] ?? type}`;
}

/** Says what stands between the browser and the internet, as far as servers were asked. */
export function sayNat(type: NatType): string {
  return {
    none: "No NAT: this device has a public address.",
    steady: "Every server sees the same port of yours: there is no NAT, or one that is no hindrance to calls.",
    symmetric:
      "A symmetric NAT: another port for each server. Ways straight to another person's device fail; to a server they work.",
    some: "One server alone saw you. Whether there is a NAT, and of which kind, a second STUN server would tell.",
    unknown: "Whether there is a NAT is not known: no STUN server told.",
  }[type];
}

/** The NAT, judged by everything that was found. */
export function natOf({ found, asked }: NetworkFacts): NatType {
  const reached = asked.filter(
    ({ kind, state }) =>
      (kind === "stun" && state === "same") || (state === "answered" && /^(stun|relay-udp)$/.test(kind)),
  );
  const sockets = reached.map(({ url }) => readIceUrl(url)).map(({ host, port }) => `${host}:${port}`);
  return natTypeOf(found, new Set(sockets).size);
}
