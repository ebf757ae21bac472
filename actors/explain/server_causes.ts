import { addressesOf, evidenceOfTrouble, nodeAddressText } from "./candidate_causes.ts";
import { durationText } from "./duration_text.ts";
import type { Finding, Rule } from "./finding.ts";
import { areAll, iceTroubleOf, outcomeText, waitForWay } from "./ice_trouble.ts";
import { evidenceOf, type Moment, numberOf, textOf } from "./moment.ts";
import { addressKindOf } from "./named_candidate.ts";

// What the node is configured with.

/** The node names addresses that lead nowhere, or only inside of its own network. */
const wrongAnnounceIp: Rule = (facts) => {
  const trouble = iceTroubleOf(facts);
  if (trouble === undefined || trouble.hasArrival) return undefined;
  const { announceIps, nodeCandidates, clientCandidates } = trouble.connection;
  const named =
    announceIps.length > 0 ? announceIps : addressesOf(nodeCandidates.filter(({ type }) => type !== "relay"));
  const isClientPublic = clientCandidates.some(
    ({ type, address }) => type !== "relay" && addressKindOf(address) === "public",
  );
  const said = `--announce-ip has the node name ${announceIps.join(", ")}`;
  const base = {
    cause: "wrong-announce-ip",
    evidence: evidenceOfTrouble(trouble),
    waitedFor: waitForWay(trouble),
    neverCame: ["a packet of the client on the node's addresses"],
    remedy:
      "Set --announce-ip to the address under which clients reach the node, and let UDP in to its --udp-ports and TCP to its --tcp-ports there.",
  } as const;
  const outcome = `No packet of the client came in ${durationText(trouble.forMs)}; ${outcomeText(trouble)}.`;
  if (announceIps.length > 0 && areAll(announceIps, "reserved")) {
    return {
      ...base,
      likelihood: "certain",
      summary: `${said}, which leads nowhere: such addresses are for documents and tests. ${outcome}`,
    };
  }
  if (announceIps.length > 0 && areAll(announceIps, "loopback")) {
    return {
      ...base,
      likelihood: "likely",
      summary: `${said}, which means "this machine" to every client. ${outcome}`,
    };
  }
  if (areAll(named, "private", "loopback") && isClientPublic) {
    const who = announceIps.length > 0 ? said : `The node named only private addresses (${nodeAddressText(trouble)})`;
    return { ...base, likelihood: "likely", summary: `${who}, and the client is on the Internet. ${outcome}` };
  }
  if (announceIps.length === 0) return undefined;
  return {
    ...base,
    likelihood: "possible",
    summary: `${said}. If that is not the node's address as clients see it, no client can reach the node.`,
  };
};

/** A server of `--ice-servers` did not do what it is there for. */
const failedServers: Rule = (facts) => {
  const { connection } = facts;
  const failures = connection?.connectivity.filter(({ event }) => event.type === "iceServer.failed") ?? [];
  // Another server of the list may have given one.
  const hasRelay = connection?.nodeCandidates.some(({ type }) => type === "relay") === true;
  const trouble = hasRelay ? undefined : iceTroubleOf(facts);
  const outcome = hasRelay ? "; another one gave the node a relay." : "; the connection does without it.";
  return failures.map((moment): Finding => {
    const isRefused = textOf(moment.event, "reason") === "refused";
    const { what, why } = describeServer(moment);
    return {
      cause: isRefused ? "turn-refused" : "turn-unreachable",
      likelihood: trouble === undefined ? "note" : "likely",
      summary: `${what} ${why}${trouble === undefined ? outcome : `, so there is no relay, and no other way worked in ${durationText(trouble.forMs)}; ${outcomeText(trouble)}.`}`,
      remedy: isRefused
        ? "Correct `username` and `credential` in --ice-servers: they are wrong or have run out. Check the realm and the shared secret on the TURN server."
        : "Check that the URL in --ice-servers is right, that the server runs, and that the node's network lets UDP and TCP out to it.",
      evidence: [evidenceOf(moment, why), ...(trouble === undefined ? [] : evidenceOfTrouble(trouble))],
      ...(trouble === undefined ? {} : { waitedFor: waitForWay(trouble) }),
      neverCame: [`a relay address from ${textOf(moment.event, "url")}`],
    };
  });
};

function describeServer(moment: Moment): { readonly what: string; readonly why: string } {
  const { event } = moment;
  const what = `The ${textOf(event, "kind") === "stun" ? "STUN" : "TURN"} server ${textOf(event, "url")}`;
  const status = numberOf(event, "status");
  if (textOf(event, "reason") === "refused") {
    return {
      what,
      why: `refused the node${status === undefined ? "" : ` (${status} ${textOf(event, "message")})`.replace(" )", ")")}`,
    };
  }
  const detail = textOf(event, "message");
  return { what, why: `did not answer the node${detail === "" ? "" : ` (${detail})`}` };
}

/** The likeliest first, of those that are as likely. */
export const serverCauses: readonly Rule[] = [wrongAnnounceIp, failedServers];
