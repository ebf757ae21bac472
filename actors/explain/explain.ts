import { connectionCauses } from "../../protocol/connection_cause.ts";
import type { ConnectionExplanation, ExplainedFinding, ExplainedWait } from "../../protocol/connection_explanation.ts";
import type { ConnectionRecord } from "../../protocol/connection_record.ts";
import { candidateCauses } from "./candidate_causes.ts";
import type { ConnectionFacts } from "./connection_facts.ts";
import { dtlsCauses } from "./dtls_causes.ts";
import { durationText } from "./duration_text.ts";
import { failedPartOf, isAbout, isAfterwards } from "./failed_part.ts";
import type { Facts, Finding, Rule } from "./finding.ts";
import { lostPartCauses, lostPartOf } from "./lost_part.ts";
import { candidateText } from "./named_candidate.ts";
import { negotiationCauses } from "./negotiation_causes.ts";
import { phasesOf } from "./phases.ts";
import { reentryCauses } from "./reentry_causes.ts";
import { sectionCauses } from "./section_causes.ts";
import { serverCauses } from "./server_causes.ts";
import { sessionCauses } from "./session_causes.ts";
import { type SessionFacts, sessionsOf } from "./session_facts.ts";
import { asNote, silenceCauses } from "./silence_causes.ts";
import { wellCauses } from "./well_causes.ts";

/** What is wrong, or worth a note; what is about the part that failed is told first, then the likelier, of those that are as likely the first. */
const rules: readonly Rule[] = [
  ...lostPartCauses,
  ...sessionCauses,
  ...reentryCauses,
  ...negotiationCauses,
  ...dtlsCauses,
  ...silenceCauses,
  ...serverCauses,
  ...candidateCauses,
  ...sectionCauses,
];

const ranks: Readonly<Record<Finding["likelihood"], number>> = { certain: 0, likely: 1, possible: 2, note: 3 };
/** Earlier peer connections of the same client that are told of. Ours. */
const maxEarlier = 3;

/**
 * Says in words how a client's connection is, or why it is not: what was waited for, what never came, the likely cause and what to do. Pure:
 * the same record always gives the same words. A record of nobody is explained as that: `state` is `none`, and the cause `unknown`.
 */
export function explain(record: ConnectionRecord): ConnectionExplanation {
  const sessions = sessionsOf(record);
  const now = Date.parse(record.exportedAt);
  const { session, connection } = chosen(record.peer, sessions);
  const facts: Facts = {
    now,
    session,
    connection,
    earlierSessions: session === undefined ? [] : sessions.slice(0, sessions.indexOf(session)),
    lostPart: session === undefined ? lostPartOf(record) : undefined,
  };
  const judged = judgeAgain(facts) ?? judge(facts);
  const { main, others } = judged;
  const room = session?.room ?? facts.lostPart?.room;
  const notes = [...others, ...earlierNotes({ ...facts, connection: judged.connection })];
  const isUpButBroken = stateOf(facts) === "connected" && !connectionCauses[main.cause].isWell;
  return {
    peer: record.peer,
    ...(connection === undefined ? {} : { connection: connection.id }),
    nodes: [...new Set(sessions.map(({ node }) => node))],
    ...(room === undefined ? {} : { room }),
    state: stateOf(facts),
    isWell: connectionCauses[main.cause].isWell,
    summary: isUpButBroken ? `The connection is up. ${main.summary}` : main.summary,
    cause: main.cause,
    remedy: main.remedy,
    waitedFor: (main.waitedFor ?? []).map((wait) => waitOf(wait, now)),
    neverCame: [...(main.neverCame ?? [])],
    evidence: sorted(main.evidence),
    pairs: (connection?.pairs ?? []).map(({ local, remote, state, isSelected, roundTripTimeMs }) => ({
      local: candidateText(local),
      remote: candidateText(remote),
      result: `${isSelected ? "in use" : state}${roundTripTimeMs === undefined ? "" : `, ${Math.round(roundTripTimeMs)} ms`}`,
    })),
    phases: connection === undefined ? [] : [...phasesOf(connection)],
    others: notes.map(toExplained),
    gaps: gapsOf(record, facts),
  };
}

/** The peer connection that was asked for, or the newest one of the session where the client was last. */
function chosen(
  asked: string,
  sessions: readonly SessionFacts[],
): { readonly session: SessionFacts | undefined; readonly connection: ConnectionFacts | undefined } {
  for (const session of sessions) {
    const connection = session.connections.find(({ id }) => id === asked && id !== session.id);
    if (connection !== undefined) return { session, connection };
  }
  // Where it was sent to: the one that it left lingers on for a moment.
  const session = sessions.findLast(({ state }) => !state.startsWith("superseded")) ?? sessions.at(-1);
  return { session, connection: session?.connections.at(-1) };
}

interface Judgement {
  /** The one that it is about. */
  readonly connection: ConnectionFacts | undefined;
  readonly main: Finding;
  readonly others: readonly Finding[];
}

function judge(facts: Facts): Judgement {
  const part = failedPartOf(facts);
  const rankOf = (finding: Finding): number => ranks[finding.likelihood] + (isAbout(finding, part) ? 0 : 4);
  const found = rules
    .flatMap((rule) => rule(facts) ?? [])
    .map((finding) => (isAfterwards(finding, facts) ? asNote(finding) : finding))
    .toSorted((a, b) => rankOf(a) - rankOf(b));
  const well = wellCauses.flatMap((rule) => rule(facts) ?? []).at(0);
  const isFault = ({ cause, likelihood }: Finding): boolean =>
    (likelihood === "certain" || likelihood === "likely") && !connectionCauses[cause].isWell;
  const wanted = found.find(({ cause, likelihood }) => likelihood === "certain" && connectionCauses[cause].isWell);
  const isUnclear = well === undefined || (facts.connection?.isGivenUp === true && well.cause === "left");
  const main = found.find(isFault) ?? wanted ?? (isUnclear ? unknownOf(facts) : well);
  const isBroken = !connectionCauses[main.cause].isWell;
  const others = found.filter((finding) => finding !== main && (isBroken || finding.likelihood !== "possible"));
  return { connection: facts.connection, main, others };
}

/** A client that gave up and tries again at once is not well as long as that has not worked: the causes are those of the try before. */
function judgeAgain(facts: Facts): Judgement | undefined {
  const { now, session, connection } = facts;
  if (connection === undefined || connection.connectedAt !== undefined) return undefined;
  const before = session?.connections.findLast(({ startedAt }) => startedAt < connection.startedAt);
  if (before?.isGivenUp !== true || judge(facts).main.cause !== "connecting") return undefined;
  const judged = judge({ ...facts, connection: before });
  const { main } = judged;
  if (connectionCauses[main.cause].isWell) return undefined;
  const again = `The client gave up ${before.id} and has tried again for ${durationText(now - connection.startedAt)}.`;
  return { ...judged, main: { ...main, summary: `${again} What was wrong: ${main.summary}` } };
}

/** Nothing that is known fits. */
function unknownOf({ session, connection }: Facts): Finding {
  const isWhole = session?.isWhole === true && (connection === undefined || connection.isWhole);
  const what = connection?.ending === undefined ? "" : ` Its end came with ${connection.ending.event.type}.`;
  return {
    cause: "unknown",
    likelihood: "likely",
    summary:
      session === undefined
        ? "Nothing is recorded of this client."
        : `The connection is not well, and nothing that is recorded says why.${what}`,
    remedy: isWhole
      ? "Look at the record and at the node's log of that time."
      : "The beginning is not recorded any more: raise --max-recorded-events, and look at the node's log of that time.",
    evidence: [],
  };
}

/** What was wrong with peer connections that the same session had before. */
function earlierNotes({ session, connection, now }: Facts): readonly Finding[] {
  const earlier =
    session?.connections.filter((other) => other !== connection && other.startedAt < (connection?.startedAt ?? 0)) ??
    [];
  return earlier.slice(-maxEarlier).flatMap((other) => {
    const { main } = judge({ now, session: undefined, connection: other, earlierSessions: [], lostPart: undefined });
    if (connectionCauses[main.cause].isWell || main.cause === "unknown") return [];
    return [asNote({ ...main, summary: `A peer connection before this one (${other.id}): ${main.summary}` })];
  });
}

function stateOf({ session, connection, lostPart }: Facts): ConnectionExplanation["state"] {
  if (lostPart !== undefined) return lostPart.endedAt === undefined ? "disconnected" : "closed";
  if (connection === undefined) return session === undefined || session.endedAt === undefined ? "none" : "closed";
  if (connection.endedAt !== undefined || connection.ending !== undefined) return "closed";
  const [ice, dtls] = [connection.ice.at(-1)?.state ?? "new", connection.dtls.at(-1)?.state ?? "new"];
  if (ice === "failed" || dtls === "failed") return "failed";
  if (ice === "disconnected") return "disconnected";
  if (ice === "connected" && dtls === "connected") return "connected";
  return ice === "new" && dtls === "new" ? "new" : "connecting";
}

function gapsOf({ missingNodes }: ConnectionRecord, { session, connection }: Facts): string[] {
  const missing = missingNodes.map((node) => `Node ${node} did not say in time what it recorded.`);
  if (session !== undefined && !session.isWhole) missing.push("The beginning of the session is not recorded any more.");
  if (connection !== undefined && !connection.isWhole)
    missing.push("The beginning of the peer connection is not recorded any more.");
  return missing;
}

function waitOf({ what, since, until }: NonNullable<Finding["waitedFor"]>[number], now: number): ExplainedWait {
  return {
    what,
    since: Math.round(since),
    forMs: Math.max(0, Math.round((until ?? now) - since)),
    isOver: until !== undefined,
  };
}

function toExplained({ cause, summary, remedy, evidence }: Finding): ExplainedFinding {
  return { cause, summary, remedy, evidence: sorted(evidence) };
}

function sorted(evidence: Finding["evidence"]): Finding["evidence"][number][] {
  return evidence.toSorted((a, b) => a.at - b.at);
}
