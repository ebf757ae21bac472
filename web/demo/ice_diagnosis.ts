import { isHidden, isLoopback, isPrivate } from "./candidate.ts";
import type { Facts } from "./facts.ts";
import type { Finding } from "./finding.ts";

/** Why no way through the network was found, told from the addresses that both sides named. */
export function iceFinding(facts: Facts): Finding {
  const remote = facts.received;
  if (facts.sent.length === 0) return noLocal;
  if (remote.length === 0) return noRemote(facts);
  const isServerHere = isLoopback(facts.pageHost);
  if (!isServerHere && remote.every((candidate) => isLoopback(candidate.address))) return remoteLoopback;
  if (!isPrivate(facts.pageHost) && isIpAddress(facts.pageHost) && remote.every((one) => isPrivate(one.address))) {
    return remotePrivate(facts);
  }
  if (facts.sent.every(isHidden)) return onlyHidden(facts);
  return blocked(facts);
}

const noLocal: Finding = {
  code: "ice-no-local-candidates",
  severity: "error",
  title: "Your browser found no network address to be reached at.",
  why: "It sent the server no candidate at all. A privacy extension, a VPN or a company policy often switches them off.",
  remedy: "Try a private window without extensions, another browser, or another network.",
};

const remoteLoopback: Finding = {
  code: "ice-server-loopback",
  severity: "error",
  title: "The server named only an address that means “this machine”.",
  why: "Its candidates are all loopback addresses, so your browser looked for the server on your own device.",
  remedy: "Whoever runs the server sets its reachable address with --announce-ip.",
};

function noRemote(facts: Facts): Finding {
  return {
    code: "ice-no-remote-candidates",
    severity: "error",
    title: "The server named no address to reach it at.",
    why: `Your browser sent ${count(facts.sent.length, "candidate")}; none came back, so there was nothing to try.`,
    remedy: "Whoever runs the server checks that it may open UDP ports, and its --announce-ip and --udp-ports.",
  };
}

function remotePrivate(facts: Facts): Finding {
  const example = facts.received[0]?.address ?? "";
  return {
    code: "ice-server-private",
    severity: "error",
    title: "The server named only private addresses.",
    why: `You reach it at ${facts.pageHost}, but its candidates (such as ${example}) exist only in its own network.`,
    remedy: "Whoever runs the server sets its public address with --announce-ip, and opens its ports for media.",
  };
}

function onlyHidden(facts: Facts): Finding {
  return {
    code: "ice-only-mdns",
    severity: "error",
    title: "No way through the network was found, and your browser hid its own addresses.",
    why: `It sent only names that end in .local, which a server outside your network cannot look up.${checksText(facts)}`,
    remedy:
      "Allow the camera: the browser then shows its addresses. If that does not help, a firewall on the way blocks both UDP and TCP, or the server announces a wrong address (--announce-ip).",
  };
}

function blocked(facts: Facts): Finding {
  const hasTcp = facts.received.some((candidate) => candidate.protocol === "tcp");
  const hasRelay = [...facts.sent, ...facts.received].some((candidate) => candidate.type === "relay");
  const where = hasRelay ? ", not even by the relay" : hasTcp ? ", neither over UDP nor over TCP" : " over UDP";
  return {
    code: "ice-udp-blocked",
    severity: "error",
    title: `No packet got through${where}.`,
    why:
      `Both sides named addresses (${facts.sent.length} yours, ${facts.received.length} the server's).${refusedText(facts)}${checksText(facts)} ` +
      `Most often a firewall on the way blocks ${hasTcp ? "both" : "UDP"}, or the server announces a wrong address (--announce-ip).`,
    remedy: hasRelay
      ? "Try another network. Whoever runs the server checks that its TURN server is up and reachable."
      : "Try another network, such as a phone's. Whoever runs the server opens its ports for media, or adds a TURN server.",
  };
}

function checksText(facts: Facts): string {
  if (facts.checks === null || facts.checks.sent === 0) return "";
  const { sent, answered } = facts.checks;
  const answers = answered === 0 ? "none was answered" : `${answered} ${answered === 1 ? "was" : "were"} answered`;
  return ` Of ${count(sent, "connectivity check")} ${answers}.`;
}

function refusedText(facts: Facts): string {
  if (facts.refusedCandidates === 0) return "";
  return ` Your browser could not use ${count(facts.refusedCandidates, "candidate")} of the server's.`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** A name says nothing of the network it leads to, so only a literal address is judged. */
function isIpAddress(host: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$/.test(host) || host.includes(":");
}
