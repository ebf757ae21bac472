import { BlockList, isIPv4 } from "node:net";
import type { IceEntry } from "./ice_servers.ts";
import { flagName } from "./setting_names.ts";

/** What is allowed, but will not do what whoever set it wants. */
export interface DoubtfulSettings {
  readonly announceIp: readonly string[];
  readonly relayCandidates: string;
  readonly iceServers: readonly IceEntry[];
}

/** One line for each setting that leads nowhere; it is said at the start, and the node starts. */
export function warningsAbout({ announceIp, relayCandidates, iceServers }: DoubtfulSettings): readonly string[] {
  const warnings = announceIp.flatMap((ip) => {
    const kind = kindOf(ip);
    return kind === undefined
      ? []
      : [
          `${flagName("announceIp")} has ${ip}, ${kind}: expected an address under which clients on other machines reach the node`,
        ];
  });
  if (relayCandidates !== "on" || iceServers.some(isTurn)) return warnings;
  const why = `has no effect without a TURN server: add one, or a source, to ${flagName("iceServers")}`;
  return [...warnings, `${flagName("relayCandidates")} on ${why}`];
}

/** RFC 1122, 3.2.1.3; RFC 4291, 2.5.3 and 2.5.6; RFC 3927. */
const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");
const linkLocal = new BlockList();
linkLocal.addSubnet("169.254.0.0", 16, "ipv4");
linkLocal.addSubnet("fe80::", 10, "ipv6");
/** Whole 0.0.0.0/8: of it the unspecified addresses themselves are refused. */
const unspecified = new BlockList();
unspecified.addSubnet("0.0.0.0", 8, "ipv4");
unspecified.addAddress("::", "ipv6");

function kindOf(ip: string): string | undefined {
  const family = isIPv4(ip) ? "ipv4" : "ipv6";
  if (loopback.check(ip, family)) return "a loopback address, which means its own machine to each client";
  if (linkLocal.check(ip, family)) return "a link-local address, which only the next link knows";
  return unspecified.check(ip, family) ? "an unspecified address, which leads nowhere" : undefined;
}

/** Every source is of TURN servers. */
function isTurn(entry: IceEntry): boolean {
  return "source" in entry || [entry.urls].flat().some((url) => /^turns?:/i.test(url));
}
