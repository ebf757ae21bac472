import { countText, durationText } from "./duration_text.ts";
import type { Facts, Finding, Rule } from "./finding.ts";
import { areAll, hasArrived, type IceTrouble, iceTroubleOf, outcomeText, waitForWay } from "./ice_trouble.ts";
import { evidenceOf, fieldOf, listOf, type Moment } from "./moment.ts";
import { addressKindOf, candidateText, type NamedCandidate } from "./named_candidate.ts";

// What the client named, or did not.

/** The client named no address. */
const candidatesMissing: Rule = (facts) => {
  const trouble = iceTroubleOf(facts);
  if (trouble === undefined || trouble.connection.clientCandidates.length > 0 || trouble.hasArrival) return undefined;
  const { connectivity, connectivityContext } = trouble.connection;
  const end = connectivity.find(({ event }) => isEndOfCandidates(event));
  const waiting = listOf(connectivityContext, "waitingCandidates").length;
  const refused = connectivity.filter(({ event }) => event.type === "candidate.refused");
  const tail = `and no packet of it reached the node in ${durationText(trouble.forMs)}; ${outcomeText(trouble)}.`;
  const base = {
    cause: "candidates-missing",
    likelihood: "likely",
    waitedFor: waitForWay(trouble),
    neverCame: ["a candidate of the client", "a packet of the client on the node's addresses"],
  } as const;
  if (waiting > 0) {
    return {
      ...base,
      summary: `The client sent ${countText(waiting, "candidate")} that belong to no description that the node has, ${tail}`,
      remedy:
        "Have the client send candidates of the peer connection whose offer it sent, with `usernameFragment` as the browser made it.",
      evidence: evidenceOfTrouble(trouble),
    };
  }
  if (refused.length > 0) {
    return {
      ...base,
      summary: `Each candidate that the client sent was refused as malformed, ${tail}`,
      remedy: "Have the client send `event.candidate` of its `icecandidate` event as it is.",
      evidence: [
        ...refused.slice(0, 3).map((moment) => evidenceOf(moment, "a candidate was refused")),
        ...evidenceOfTrouble(trouble),
      ],
    };
  }
  return {
    ...base,
    summary:
      end === undefined
        ? `The client told the node no address to reach it at (no candidate came), ${tail}`
        : `The client said that it has no candidate at all, ${tail}`,
    remedy:
      end === undefined
        ? "Have the client send each candidate of its `icecandidate` event as a `candidate` message, or send its offer when `iceGatheringState` is complete."
        : "Its browser found no network address: look for a VPN, an extension or a policy that hides them, or give it a TURN server with --ice-servers.",
    evidence: [
      ...(end === undefined ? [] : [evidenceOf(end, "the client said that there are no more candidates")]),
      ...evidenceOfTrouble(trouble),
    ],
  };
};

/** The client named only what nobody can look up. */
const clientHidden: Rule = (facts) => {
  const trouble = iceTroubleOf(facts);
  if (trouble === undefined || trouble.hasArrival) return undefined;
  const { clientCandidates } = trouble.connection;
  if (!areAll(addressesOf(clientCandidates), "mdns")) return undefined;
  return {
    cause: "client-hidden",
    likelihood: "likely",
    summary: `The client named only mDNS names, which nobody outside of its own network can look up, so only it could reach the node at ${nodeAddressText(trouble)}, and no packet of it came there in ${durationText(trouble.forMs)}; ${outcomeText(trouble)}.${turnText(trouble)}`,
    remedy: `${letIn(trouble)}${trouble.hasTurn ? "" : ` ${addTurn(trouble)}`} A browser names its addresses once the page may use the camera or the microphone.`,
    evidence: [...candidateEvidence(trouble), ...evidenceOfTrouble(trouble)],
    waitedFor: waitForWay(trouble),
    neverCame: ["an address of the client that the node can try", "a packet of the client on the node's addresses"],
  };
};

/** The client named only addresses of a TURN server. */
const onlyRelay: Rule = (facts) => {
  const trouble = iceTroubleOf(facts);
  if (trouble === undefined) return undefined;
  const { clientCandidates } = trouble.connection;
  if (clientCandidates.length === 0 || clientCandidates.some(({ type }) => type !== "relay")) return undefined;
  const relays = [...new Set(addressesOf(clientCandidates))].join(", ");
  return {
    cause: "only-relay",
    likelihood: "likely",
    summary: `The client named only addresses of a TURN server (${relays}), and nothing got through between that server and the node at ${nodeAddressText(trouble)} in ${durationText(trouble.forMs)}; ${outcomeText(trouble)}.${turnText(trouble)}`,
    remedy: `Check that the TURN server at ${relays} runs and may send UDP to the node (its denied addresses, its firewall), or give client and node one that can with --ice-servers. If the client sets iceTransportPolicy to "relay", it uses nothing else.`,
    evidence: [...candidateEvidence(trouble), ...evidenceOfTrouble(trouble)],
    waitedFor: waitForWay(trouble),
    neverCame: ["a packet by way of the client's TURN server"],
  };
};

/** Both named addresses, and nothing got through. */
const nothingThrough: Rule = (facts) => {
  const trouble = iceTroubleOf(facts);
  if (trouble === undefined) return undefined;
  const { clientCandidates, nodeCandidates, pairs } = trouble.connection;
  const base = { likelihood: "likely", evidence: evidenceOfTrouble(trouble), waitedFor: waitForWay(trouble) } as const;
  if (trouble.hasArrival) {
    const from = pairs.find(hasArrived);
    const where = from === undefined ? "" : ` (from ${candidateText(from.remote)})`;
    return {
      ...base,
      cause: "one-way",
      summary: `Packets of the client reach the node${where}, but no way works in both directions after ${durationText(trouble.forMs)}; ${outcomeText(trouble)}.`,
      remedy: `Let UDP out of the node's network, from its ports (--udp-ports) to any address, and have --announce-ip be the address that the node's packets come from.${trouble.hasTurn ? "" : " A TURN server (--ice-servers) gets around it."}`,
      neverCame: ["an answer of the client to the node's checks"],
    };
  }
  if (clientCandidates.length === 0 || nodeCandidates.length === 0) return undefined;
  // Rules of their own say more.
  if (areAll(addressesOf(clientCandidates), "mdns") || clientCandidates.every(({ type }) => type === "relay"))
    return undefined;
  const tried =
    pairs.length === 0
      ? ""
      : pairs.length === 1
        ? " The one candidate pair that the node tried was not answered."
        : ` Of ${pairs.length} candidate pairs that the node tried, none was answered.`;
  return {
    ...base,
    cause: "udp-blocked",
    summary: `No packet got through between the client (${addressText(clientCandidates)}) and the node (${nodeAddressText(trouble)}) in ${durationText(trouble.forMs)}; ${outcomeText(trouble)}.${tried}${turnText(trouble)}`,
    remedy: `${letIn(trouble)} ${
      trouble.hasTurn ? "Check that the TURN server of --ice-servers can reach both sides." : addTurn(trouble)
    }`,
    neverCame: ["a packet of the client on the node's addresses", "an answer of the client to the node's checks"],
  };
};

/** The likeliest first, of those that are as likely. */
export const candidateCauses: readonly Rule[] = [candidatesMissing, clientHidden, onlyRelay, nothingThrough];

/** How it is known that ICE found no way. */
export function evidenceOfTrouble(trouble: IceTrouble): Finding["evidence"] {
  const { connection, begun, failed } = trouble;
  const seen = connection.observed.findLast(({ event }) => listOf(event, "observation", "pairs").length > 0);
  return [
    ...(begun === undefined ? [] : [evidenceOf(begun, "ICE began to look for a way")]),
    ...(seen === undefined ? [] : [evidenceOf(seen, pairText(trouble))]),
    ...(failed === undefined ? [] : [evidenceOf(failed, "ICE found none in time (--connecting-timeout-ms)")]),
  ];
}

/** What may be read of a list of addresses: the first three. */
export function addressText(candidates: readonly NamedCandidate[]): string {
  const addresses = [...new Set(addressesOf(candidates))];
  const shown = addresses.slice(0, 3).join(", ");
  return addresses.length > 3 ? `${shown} and ${addresses.length - 3} more` : shown;
}

export function nodeAddressText({ connection }: IceTrouble): string {
  return connection.nodeCandidates.length === 0 ? "no address" : addressText(connection.nodeCandidates);
}

export function addressesOf(candidates: readonly NamedCandidate[]): readonly string[] {
  return candidates.map(({ address }) => address);
}

function pairText({ connection: { pairs } }: IceTrouble): string {
  const failed = pairs.filter(({ state }) => state === "failed").length;
  const outcome = failed === 0 ? "none of them answered" : `${failed} failed`;
  return `${countText(pairs.length, "candidate pair")} tried, ${outcome}`;
}

function candidateEvidence({ connection }: IceTrouble): Finding["evidence"] {
  const named = connection.connectivity.filter(
    ({ event }) =>
      event.type === "candidate.received" && fieldOf(event, "candidate") !== null && !isEndOfCandidates(event),
  );
  const [first] = named;
  if (first !== undefined)
    return [
      evidenceOf(first, `the first of ${countText(connection.clientCandidates.length, "candidate")} of the client`),
    ];
  const described = connection.descriptions.find(({ by }) => by === "client");
  const count = countText(connection.clientCandidates.length, "candidate");
  return described === undefined ? [] : [evidenceOf(described.moment, `the client's description, with ${count}`)];
}

function isEndOfCandidates(event: Moment["event"]): boolean {
  if (event.type !== "candidate.received") return false;
  const candidate = fieldOf(event, "candidate");
  return candidate === null || fieldOf(candidate, "candidate") === "";
}

/** What the operator of the node does first. */
function letIn({ connection }: IceTrouble): string {
  const { announceIps, nodeCandidates } = connection;
  const byTcp = tcpPortOf(connection);
  const ports =
    byTcp === undefined
      ? "Let UDP in to the node's ports (--udp-ports), and have it listen for TCP (--tcp-ports)."
      : `Let UDP in to the node's ports (--udp-ports), and TCP to its port ${byTcp} (--tcp-ports).`;
  if (announceIps.length > 0) {
    return `${ports} Check that ${announceIps.join(", ")} (--announce-ip) is the node's address as clients see it.`;
  }
  const isPrivate = nodeCandidates.some(({ address }) => addressKindOf(address) === "private");
  return isPrivate
    ? `${ports} If clients come from outside of its network, set --announce-ip to its public address.`
    : ports;
}

/** What helps clients that no packet of their own gets through for. */
function addTurn({ connection }: IceTrouble): string {
  const blocked = tcpPortOf(connection) === undefined ? "blocks UDP" : "blocks both";
  return `Configure a TURN server with --ice-servers, for clients whose network ${blocked}.`;
}

function tcpPortOf({ nodeCandidates }: IceTrouble["connection"]): number | undefined {
  return nodeCandidates.find(({ protocol, type }) => protocol === "tcp" && type === "host")?.port;
}

function turnText({ hasTurn, connection }: IceTrouble): string {
  const hasRelay = [...connection.clientCandidates, ...connection.nodeCandidates].some(({ type }) => type === "relay");
  return hasTurn || hasRelay ? "" : " The node has no TURN server configured that could relay.";
}

/** Whether there is anything that a rule of this file could say. */
export function hasIceTrouble(facts: Facts): boolean {
  return iceTroubleOf(facts) !== undefined;
}
