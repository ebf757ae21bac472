import { isIPv4 } from "node:net";
import { IceFailure } from "../ice/ice_failure.ts";
import { mapThroughNat, type NatMapping } from "../ice/nat_mapping.ts";
import { type ParsedIceUrl, urlsOf } from "../ice/parsed_ice_url.ts";
import { resolveServer } from "../ice/stun_client.ts";
import type { Endpoint } from "../ice/stun_message.ts";
import { addressKind, candidateAddresses } from "./address_kind.ts";
import { type Check, failed, type Outcome, passed, skipped, warning } from "./check.ts";
import type { DoctorContext } from "./doctor_context.ts";
import type { StunSighting } from "./stun_sightings.ts";

/** Servers that one socket is shown to. Ours: two that differ say all. */
const maxServers = 6;

/** What clients are told, and whether it is so. */
export function addressChecks(context: DoctorContext): readonly Check[] {
  return [
    { group: "address", name: "candidates", run: () => checkCandidates(context) },
    { group: "address", name: "announced", run: () => checkAnnounced(context) },
    { group: "address", name: "NAT", run: () => checkNat(context) },
  ];
}

async function checkCandidates({ config, hosts, sightings }: DoctorContext): Promise<Outcome> {
  const { announceIps, isOpen, isIceLite } = config;
  const outcome = judgeCandidates({ hosts, announceIps, isOpen, isIceLite, mapped: [] });
  // What STUN adds matters where there is nothing else.
  return outcome.verdict === "passed" || isIceLite
    ? outcome
    : judgeCandidates({ hosts, announceIps, isOpen, isIceLite, mapped: mappedOf(await sightings.value) });
}

export interface CandidateFindings {
  readonly hosts: readonly string[];
  readonly announceIps: readonly string[];
  /** Others than this machine may connect. */
  readonly isOpen: boolean;
  /** It has host candidates alone. */
  readonly isIceLite: boolean;
  /** Where STUN servers see this machine: clients are told these, too. */
  readonly mapped: readonly string[];
}

export function judgeCandidates(findings: CandidateFindings): Outcome {
  const { hosts, announceIps, isOpen, isIceLite, mapped } = findings;
  const told = candidateAddresses(hosts, announceIps);
  const shown = told.map((address) => `${address} (${shownKind(address, announceIps)})`).join(", ");
  const facts = { addresses: told };
  if (hosts.length === 0 && announceIps.length === 0) {
    const saw = "this machine has no address but loopback: only clients on this machine can connect";
    return isOpen
      ? warning(saw, "Bring its network up before the node starts, or give --announce-ip.", facts)
      : passed(saw, facts);
  }
  if (!isOpen || told.some((address) => addressKind(address) === "public"))
    return passed(`clients are told ${shown}`, facts);
  if (isIceLite) {
    return warning(
      `clients are told ${shown}, and with --ice-lite nothing else: from outside of this network nobody reaches these`,
      "Give the public address with --announce-ip, or take --ice-lite away. For a network of your own all is well.",
      facts,
    );
  }
  const outside = [...new Set(mapped.filter((address) => addressKind(address) === "public"))];
  if (outside.length > 0) return passed(`clients are told ${shown}, and by STUN ${outside.join(", ")}`, facts);
  return warning(
    `clients are told ${shown}: from outside of this network nobody reaches these`,
    "Behind 1:1 NAT (most clouds) give the public address with --announce-ip; without a public address clients need a TURN server that reaches this one. For a network of your own all is well.",
    facts,
  );
}

function shownKind(address: string, announceIps: readonly string[]): string {
  const kind = addressKind(address);
  return announceIps.includes(address) ? `${kind}, announced` : kind;
}

async function checkAnnounced({ config, hosts, sightings, relays }: DoctorContext): Promise<Outcome> {
  const { announceIps, isOpen } = config;
  if (announceIps.length === 0)
    return skipped(
      `no --announce-ip: clients are told the addresses of the machine${isOpen ? "" : ", to which nobody else may connect anyway"}`,
    );
  const [seen, usable] = await Promise.all([sightings.value, relays.value]);
  // One on this machine sees whatever address it was asked from.
  const elsewhere = usable.filter(({ server }) => !hosts.includes(server) && addressKind(server) !== "loopback");
  const seenByTurn = [...new Set(elsewhere.flatMap(({ mapped }) => mapped?.address ?? []))];
  return judgeAnnounced({ announceIps, hosts, seen, seenByTurn });
}

export interface AnnouncedFindings {
  readonly announceIps: readonly string[];
  readonly hosts: readonly string[];
  readonly seen: readonly StunSighting[];
  /** Where TURN servers elsewhere see this machine. */
  readonly seenByTurn: readonly string[];
}

/** Where packets to an announced address should come in, packets of ours should go out: that is what 1:1 NAT does. */
export function judgeAnnounced({ announceIps, ...found }: AnnouncedFindings): Outcome {
  const each = announceIps.map((ip) => judgeOne(ip, found));
  const worst = (["failed", "warning", "skipped", "passed"] as const).find((verdict) =>
    each.some((one) => one.verdict === verdict),
  );
  const advice = [...new Set(each.flatMap((one) => (one.verdict === worst ? (one.advice ?? []) : [])))].join(" ");
  return {
    verdict: worst ?? "passed",
    saw: each.map(({ saw }) => saw).join("; "),
    ...(advice === "" ? {} : { advice }),
    facts: { announced: announceIps, mapped: [...new Set([...mappedOf(found.seen), ...found.seenByTurn])] },
  };
}

function mappedOf(seen: readonly StunSighting[]): readonly string[] {
  return seen.flatMap(({ mapped }) => (mapped === undefined ? [] : [mapped.address]));
}

function judgeOne(ip: string, { hosts, seen, seenByTurn }: Omit<AnnouncedFindings, "announceIps">): Outcome {
  const ofFamily = (addresses: readonly string[]) => addresses.filter((each) => isIPv4(each) === isIPv4(ip));
  const byStun = ofFamily(mappedOf(seen));
  const mapped = [...new Set([...byStun, ...ofFamily(seenByTurn)])];
  const who = byStun.length > 0 ? "STUN" : "TURN";
  const kind = addressKind(ip);
  if (kind === "loopback" || kind === "link-local") {
    const who =
      kind === "loopback" ? "clients on this machine alone reach it" : "clients on the same link alone reach it";
    return warning(
      `${ip} is ${kind}, and announced: ${who}`,
      "Announce the address at which clients reach this machine with --announce-ip.",
    );
  }
  if (hosts.includes(ip)) return passed(`${ip} is this machine's own`);
  if (mapped.includes(ip))
    return passed(`${byStun.includes(ip) ? "STUN" : "TURN"} sees us at ${ip}, as behind 1:1 NAT`);
  const outside = mapped.filter((address) => addressKind(address) === "public");
  if (outside.length > 0) {
    return failed(
      `${ip} is announced, and ${who} sees us at ${outside.join(" and ")}`,
      `Clients are sent to ${ip} and most likely find nobody: --announce-ip ${outside.join(",")}, unless packets come in by another way than they go out.`,
    );
  }
  if (mapped.length > 0) {
    return warning(
      `${ip} is announced; the ${who} server is in this network itself (it sees us at ${mapped.join(" and ")}) and cannot tell whether that is right`,
      'Configure a STUN server on the internet, as {"urls":"stun:stun.example.org"}, to have this compared.',
    );
  }
  const where = 'Configure a STUN server in --ice-servers, as {"urls":"stun:stun.example.org"}, to have this compared';
  return warning(
    `${ip} is not an address of this machine, and no STUN or TURN server said whether it is forwarded here`,
    `${seen.length > 0 ? 'Mend the STUN server, see "STUN" below, to have this compared' : where}; a TURN server that works does as well.`,
  );
}

async function checkNat({ config, hosts, sources, freePorts }: DoctorContext): Promise<Outcome> {
  const opened = await Promise.all(sources);
  const urls = urlsOf(opened.flatMap(({ servers }) => servers)).filter(({ transport }) => transport === "udp");
  const servers = await destinationsOf(urls);
  if (servers.length === 0) return skipped("no STUN or TURN server over UDP that could tell");
  const free = await freePorts.value;
  // Not the first, middle and last ones, which are tried from outside meanwhile; of a few any other port says as much.
  const port = free.length < 8 ? 0 : (free[free.length >> 2] ?? 0);
  const why = free.length === 0 ? "none of --udp-ports is free" : 'those of --udp-ports are tried by "From outside"';
  return judgeNat({
    mapping: await mapThroughNat(port, servers),
    hosts,
    isAnnounced: config.announceIps.length > 0,
    ...(config.udpPorts === undefined || port !== 0 ? {} : { whyAny: why }),
  });
}

/** One IPv4 address and port of each server; every server that takes UDP answers a Binding request. */
async function destinationsOf(urls: readonly ParsedIceUrl[]): Promise<readonly Endpoint[]> {
  const found = await Promise.all(
    urls.map(async (url) => {
      try {
        return (await resolveServer(url))
          .filter((address) => isIPv4(address))
          .map((address) => ({ address, port: url.port }));
      } catch (error) {
        // Said where the server itself is checked.
        if (error instanceof IceFailure) return [];
        throw error;
      }
    }),
  );
  const distinct = new Map(found.flat().map((server) => [`${server.address}:${server.port}`, server]));
  return [...distinct.values()].slice(0, maxServers);
}

export interface NatFindings {
  readonly mapping: NatMapping;
  readonly hosts: readonly string[];
  readonly isAnnounced: boolean;
  /** Why it was tried with any port instead of one of `--udp-ports`. */
  readonly whyAny?: string;
}

export function judgeNat(findings: NatFindings): Outcome {
  const { whyAny } = findings;
  const outcome = judgeMapping(findings);
  if (whyAny === undefined || outcome.verdict === "skipped") return outcome;
  return { ...outcome, saw: `${outcome.saw}; ${findings.mapping.localPort} is any port, as ${whyAny}` };
}

function judgeMapping({ mapping, hosts, isAnnounced }: NatFindings): Outcome {
  const { localPort } = mapping;
  const mapped = mapping.mapped.filter((each) => each !== undefined);
  const [first] = mapped;
  if (first === undefined) return skipped("no server answered over UDP and IPv4");
  const ports = [...new Set(mapped.map(({ port }) => port))];
  const facts = { localPort, mappedPorts: ports, address: first.address, servers: mapped.length };
  const isOwn = hosts.includes(first.address) || addressKind(first.address) === "loopback";
  const asked = mapped.length === 1 ? "one server" : `${mapped.length} servers`;
  if (isOwn && ports.length === 1 && ports[0] === localPort) {
    return passed(`none on the way to ${asked}: port ${localPort} of ${first.address} is seen as it is`, facts);
  }
  if (ports.length > 1) {
    return warning(
      `symmetric: port ${localPort} is seen as ${ports.join(" and ")} by different servers`,
      "Clients reach the node only on ports that are forwarded to it: forward --udp-ports one to one and give --announce-ip, or clients need a TURN server.",
      facts,
    );
  }
  if (ports[0] !== localPort) {
    return warning(
      `port ${localPort} is seen as ${ports[0]} by ${asked}: the NAT does not keep ports`,
      isAnnounced
        ? "With --announce-ip clients are told the ports as they are here: have the NAT forward each of --udp-ports to the same port of this machine."
        : "STUN finds the port for clients that can be answered; for all others forward --udp-ports one to one and give --announce-ip.",
      facts,
    );
  }
  const sure = mapped.length === 1 ? " (one server cannot show whether it is symmetric; a second one would)" : "";
  return passed(
    `${localPort} is seen as port ${localPort} of ${first.address} by ${asked}: ports are kept${sure}`,
    facts,
  );
}
