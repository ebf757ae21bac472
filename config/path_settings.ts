import { interfaces } from "./interfaces.ts";
import { addresses, choice, integer } from "./setting.ts";
import { flagName } from "./setting_names.ts";
import { toggle } from "./toggle.ts";

/** What decides where media is taken at, and who checks it. */
export const pathSettings = {
  announceIp: addresses({
    meaning: "Public addresses to write into host candidates, for a node behind 1:1 NAT.",
    default: [],
    defaultText: "the addresses of the machine",
  }),
  interfaces: interfaces({
    meaning: "Network interfaces, or addresses of this machine, that media is taken at.",
    default: [],
    defaultText: "all but loopback and link-local addresses",
  }),
  iceLite: toggle({
    meaning:
      "ICE-lite, for a node whose addresses every client reaches: it names these alone, never checks, and leaves all that to the clients.",
    default: false,
  }),
};

/** Whether a node has a way by a relay of its own. */
export const relaySettings = {
  relayCandidates: choice(["auto", "on", "off"], {
    meaning:
      "Whether the node itself gathers relay candidates at the TURN servers of `--ice-servers`, one allocation for each peer. `auto`: where it has no public IPv4 address, neither an announced one nor of its own.",
    default: "auto",
  }),
};

/** How long a client may be sent to that does not say that it wants it, in milliseconds. */
export const consentSettings = {
  // 30 s are the most that RFC 7675, 5.1 allows. A check is made every 4 to 6 s: half of less than 15 s might pass without one.
  consentTimeoutMs: integer({
    meaning:
      "A client that answers no check for this long is sent nothing more: its peer connection is `failed`. After half of it, it is `disconnected`.",
    default: 30_000,
    min: 15_000,
    max: 30_000,
  }),
};

/** @throws what `refuse` makes of why an ICE-lite node cannot have relays */
export function checkIceLite(
  given: { readonly iceLite: boolean; readonly relayCandidates: string },
  refuse: (why: string) => Error,
): void {
  if (!given.iceLite || given.relayCandidates !== "on") return;
  throw refuse(`a node with ${flagName("iceLite")} has host candidates alone (RFC 8445, 2.5), expected auto or off`);
}
