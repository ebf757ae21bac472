import { noFacts } from "../facts.ts";
import { iceFinding } from "../ice_diagnosis.ts";
import type { Tone } from "../status_line.ts";
import type { NetworkFacts, PathCause, PathFacts } from "./network_facts.ts";
import { isRelay, type PathKind, type RelayKind } from "./path_kind.ts";

/** What a way is called, and what it is good for. */
export interface PathName {
  readonly title: string;
  readonly about: string;
  /** In the middle of a sentence. */
  readonly short: string;
}

/** The ways by name. */
export const pathNames: Readonly<Record<PathKind, PathName>> = {
  udp: { title: "Directly over UDP", short: "directly over UDP", about: "The best way: no detour and no waiting." },
  tcp: { title: "Directly over TCP", short: "directly over TCP", about: "Where a network lets no UDP through." },
  "relay-udp": {
    title: "Relay over UDP",
    short: "through the relay (UDP)",
    about: "Where the server cannot be reached itself.",
  },
  "relay-tcp": {
    title: "Relay over TCP",
    short: "through the relay (TCP)",
    about: "The same, in a network without UDP.",
  },
  "relay-tls": {
    title: "Relay over TLS",
    short: "through the relay (TLS)",
    about: "Looks like any secure page; passes most firewalls.",
  },
};

/** What one way came to, for the person in front of the page. */
export interface PathWords {
  readonly outcome: string;
  readonly tone: Tone;
  /** Why, in a sentence; empty where nothing is to be said. */
  readonly why: string;
  /** What to do about it. */
  readonly remedy: string;
}

const running: Partial<Record<PathFacts["state"], string>> = {
  waiting: "Waiting",
  connecting: "Connecting…",
  measuring: "Measuring…",
};

/** Says what became of one way. */
export function sayPath(kind: PathKind, facts: NetworkFacts): PathWords {
  const path = facts.paths[kind];
  const outcome = running[path.state];
  if (outcome !== undefined) {
    return { outcome, tone: path.state === "waiting" ? "idle" : "working", why: "", remedy: "" };
  }
  if (path.state === "works") return { outcome: "Works", tone: "good", why: "", remedy: "" };
  if (path.state === "not-offered") return { outcome: "Not offered", tone: "idle", ...notOffered(kind) };
  if (path.state === "untested") return { outcome: "Not tested", tone: "idle", ...untested(facts) };
  return { outcome: "Does not work", tone: "bad", ...failure(kind, facts) };
}

type Reason = Pick<PathWords, "why" | "remedy">;

/** Always the same words: whoever reads all the advice reads them once. */
const tryAnother = "Try another network, such as a phone's.";

function notOffered(kind: PathKind): Reason {
  if (isRelay(kind)) {
    const url = kind === "relay-tls" ? "turns:" : `turn: with ?transport=${kind === "relay-tcp" ? "tcp" : "udp"}`;
    return { why: `The server names none. Whoever runs it can add one to --ice-servers (${url}).`, remedy: "" };
  }
  if (kind === "tcp")
    return {
      why: "The server takes no media over TCP (--tcp-ports); a relay over TCP or TLS does as much.",
      remedy: "",
    };
  return {
    why: "The server named no address for UDP.",
    remedy: "Whoever runs the server checks --udp-ports and --announce-ip.",
  };
}

function untested({ signaling, servers }: NetworkFacts): Reason {
  if (signaling.state === "failed") {
    return { why: "Without the WebSocket nothing can be agreed on.", remedy: "" };
  }
  if (servers.state === "refused") {
    return {
      why: `The server tells its relays to those in a room, and let this page into none (${servers.code}).`,
      remedy: "A call whose link lets you in may have relays all the same.",
    };
  }
  return { why: "The check ended before.", remedy: "" };
}

/** Why a way does not work, and what to do; what only the addresses tell is in {@link noWay}. */
function failure(kind: PathKind, facts: NetworkFacts): Reason {
  const { cause, detail } = facts.paths[kind];
  const said = detail === "" ? "" : ` (${detail})`;
  const again = "Check again. If it stays, the server's log says more.";
  const reasons: Readonly<Record<Exclude<PathCause, "no-way">, Reason>> = {
    "no-socket": { why: "The WebSocket for it was closed.", remedy: again },
    "no-answer": { why: "The server did not answer the offer.", remedy: again },
    refused: { why: `The server refused${said}.`, remedy: again },
    "no-own-address": {
      why: "This browser offers no address for UDP. A setting, an extension, a VPN or a policy may forbid it, or this device is in no network.",
      remedy: "Try a private window without extensions, or another browser.",
    },
    "relay-refused": {
      why: `The relay refused the password that the server gave out${said}.`,
      remedy: "Whoever runs the server compares its TURN secret or password with the relay's, and the clocks of both.",
    },
    "relay-declined": {
      why: `The relay gave no address${said}.`,
      remedy: "Whoever runs the relay finds the reason in its log.",
    },
    "relay-unreachable": {
      why: `The relay cannot be reached${said}.`,
      remedy: `${tryAnother} Whoever runs the relay checks that it listens for ${wordOf(kind)}, and its firewall${
        kind === "relay-tls" ? " and certificate" : ""
      }.`,
    },
    "relay-silent": {
      why: "The relay gave no address, and this browser does not say why. Most likely it cannot be reached.",
      remedy: `${tryAnother} Whoever runs the relay checks that it is up and takes ${wordOf(kind)}.`,
    },
    dtls: {
      why: "Packets get through, but the encryption could not be agreed on.",
      remedy: "Try without VPN: something on the way may drop large packets.",
    },
    "not-echoed": { why: "It was connected, but nothing came back.", remedy: again },
    "other-way": { why: "The browser took another way than the one that was to be tested.", remedy: "" },
  };
  return cause === null || cause === "no-way" ? noWay(kind, facts) : reasons[cause];
}

const compareAddress = "What the server announces must be its address (--announce-ip).";

function noWay(kind: PathKind, facts: NetworkFacts): Reason {
  const { sent, received, checks } = facts.paths[kind];
  if (isRelay(kind)) {
    return {
      why: "The relay works for you, but does not reach the server.",
      remedy:
        "Whoever runs the server sees that the relay may send to its UDP ports: --announce-ip, firewall, and the relay's denied peers.",
    };
  }
  if (kind === "udp") {
    const { code, why, remedy } = iceFinding({ ...noFacts, sent, received, checks, pageHost: facts.pageHost });
    // Relays have rows of their own here, which say whether there is one.
    return {
      why,
      remedy:
        code === "ice-udp-blocked"
          ? `${tryAnother} Whoever runs the server opens its UDP ports for media (--udp-ports). ${compareAddress}`
          : remedy,
    };
  }
  return {
    why: "The server named an address for TCP, and nothing answered there.",
    remedy: `${tryAnother} Whoever runs the server opens its TCP port for media (--tcp-ports). ${compareAddress}`,
  };
}

function wordOf(kind: PathKind): string {
  const words: Readonly<Record<RelayKind, string>> = { "relay-udp": "UDP", "relay-tcp": "TCP", "relay-tls": "TLS" };
  return isRelay(kind) ? words[kind] : kind.toUpperCase();
}
