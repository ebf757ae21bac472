import { interfaces } from "./interfaces.ts";
import { integer } from "./setting.ts";
import { toggle } from "./toggle.ts";

/** What decides where media is taken at, and who checks it. */
export const pathSettings = {
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
