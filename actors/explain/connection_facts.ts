import { stateText } from "../../machines/state_text.ts";
import type { ObservedPair } from "../../protocol/connection_observation.ts";
import type { ConnectionRecord, ExportedActor, ExportedState } from "../../protocol/connection_record.ts";
import { readUsernameFragment } from "../../protocol/session_description.ts";
import { hasGivenUp } from "../gave_up.ts";
import { fieldOf, listOf, type Moment, momentsOf, numberOf, textOf, unixTimeOf } from "./moment.ts";
import { type NamedCandidate, readCandidate, readCandidatesOf, withoutRepeats } from "./named_candidate.ts";

/** A state, and for how long. */
export interface Span {
  readonly state: string;
  readonly from: number;
  /** Undefined while it lasts. */
  readonly to: number | undefined;
  /** What led to it; none for one that is older than what is recorded. */
  readonly moment: Moment | undefined;
}

/** A description as one side gave it. */
export interface Described {
  readonly by: "client" | "node";
  readonly type: "offer" | "answer" | "pranswer";
  readonly sdp: string;
  readonly moment: Moment;
}

/** What the record says of one peer connection. */
export interface ConnectionFacts {
  readonly id: string;
  readonly node: string;
  readonly startedAt: number;
  readonly endedAt: number | undefined;
  /** Nothing of it was forgotten. */
  readonly isWhole: boolean;
  readonly peer: readonly Moment[];
  readonly negotiation: readonly Moment[];
  readonly connectivity: readonly Moment[];
  readonly ice: readonly Span[];
  readonly dtls: readonly Span[];
  /** `have-local-offer.awaitingAnswer`: as it is now, or was in the end. */
  readonly negotiationState: string;
  /** Of the negotiation machine and of the connectivity machine, as they are now. */
  readonly negotiationContext: unknown;
  readonly connectivityContext: unknown;
  readonly descriptions: readonly Described[];
  /** Since ICE began for the last time. */
  readonly clientCandidates: readonly NamedCandidate[];
  /** As the client was told them. */
  readonly nodeCandidates: readonly NamedCandidate[];
  /** That were tried, as they were seen last since ICE began for the last time. */
  readonly pairs: readonly ObservedPair[];
  readonly observed: readonly Moment[];
  /** What `--announce-ip` and `--ice-servers` say, as the engine told. */
  readonly announceIps: readonly string[];
  readonly iceServerUrls: readonly string[];
  /** When both transports were up for the first time. */
  readonly connectedAt: number | undefined;
  /** What made it close. */
  readonly ending: Moment | undefined;
  /** Its client ended it, after it had tried for a while or had failed. */
  readonly isGivenUp: boolean;
}

/** The facts of the peer connections of a session, oldest first. */
export function connectionsOf(record: ConnectionRecord, session: ExportedActor): readonly ConnectionFacts[] {
  const isOfSession = (actor: ExportedActor): boolean =>
    actor.node === session.node && actor.origin === session.origin && actor.parent === session.address;
  return record.actors
    .filter((actor) => actor.kind === "peer" && isOfSession(actor))
    .toSorted((a, b) => a.startedAt - b.startedAt)
    .map((peer) => readConnection(record, peer, session));
}

function readConnection(record: ConnectionRecord, peer: ExportedActor, session: ExportedActor): ConnectionFacts {
  const child = (kind: string): ExportedActor | undefined =>
    record.actors.find(
      (actor) =>
        actor.kind === kind &&
        actor.node === peer.node &&
        actor.origin === peer.origin &&
        actor.parent === peer.address,
    );
  const [negotiationActor, connectivityActor] = [child("negotiation"), child("connectivity")];
  const connectivity = momentsOf(connectivityActor);
  const negotiation = momentsOf(negotiationActor);
  const peerMoments = momentsOf(peer);
  const ice = spansOf(connectivityActor, connectivity, "ice");
  const dtls = spansOf(connectivityActor, connectivity, "dtls");
  const descriptions = negotiation.flatMap((moment) => describedBy(moment) ?? []);
  const since = ice.findLast(({ state }) => state === "checking")?.from;
  const connectivityContext = lastStateOf(connectivityActor)?.context;
  const fragments = listOf(connectivityContext, "usernameFragments");
  const [observed, gathered] = [
    connectivity.filter(({ event }) => event.type === "connection.observed"),
    connectivity.filter(({ event }) => event.type === "gathering.changed"),
  ];
  return {
    id: peer.name,
    node: peer.node,
    startedAt: peer.startedAt,
    endedAt: peer.endedAtMs === undefined ? undefined : unixTimeOf(peer, peer.endedAtMs),
    isWhole: [peer, negotiationActor, connectivityActor].every((actor) => actor !== undefined && actor.forgotten === 0),
    peer: peerMoments,
    negotiation,
    connectivity,
    ice,
    dtls,
    negotiationState: stateText(lastStateOf(negotiationActor)?.value),
    negotiationContext: lastStateOf(negotiationActor)?.context,
    connectivityContext,
    descriptions,
    clientCandidates: candidatesOf({ by: "client", descriptions, moments: connectivity, since, fragments }),
    nodeCandidates: candidatesOf({ by: "node", descriptions, moments: connectivity, since, fragments }),
    pairs: pairsOf(observed, since),
    observed,
    announceIps: wordsOf(gathered, "announceIps"),
    iceServerUrls: wordsOf(gathered, "iceServerUrls"),
    connectedAt: connectedAtOf(ice, dtls),
    ending: peerMoments.find(({ after }) => after?.value === "closing" || after?.status === "error"),
    isGivenUp: hasGivenUp(peer, session),
  };
}

/** How it is now, or was when it ended. */
function lastStateOf(actor: ExportedActor | undefined): ExportedState | undefined {
  return actor?.events.findLast(({ after }) => after !== undefined)?.after ?? actor?.before;
}

/** The states of one region of a parallel machine, in their order. */
function spansOf(actor: ExportedActor | undefined, moments: readonly Moment[], region: string): readonly Span[] {
  if (actor === undefined) return [];
  const spans: { state: string; from: number; to: number | undefined; moment: Moment | undefined }[] = [];
  const first = textOf(actor.before?.value, region);
  if (first !== "") spans.push({ state: first, from: actor.startedAt, to: undefined, moment: undefined });
  for (const moment of moments) {
    const { at, event, after } = moment;
    const state = textOf(after?.value, region);
    const last = spans.at(-1);
    // An ICE restart begins the checks anew without leaving the state.
    const isRestart = region === "ice" && state === "checking" && event.type === "remote.described";
    if (state === "" || (state === last?.state && !(isRestart && isNewTry(after, last)))) continue;
    if (last !== undefined) last.to = at;
    spans.push({ state, from: at, to: undefined, moment });
  }
  const last = spans.at(-1);
  if (last !== undefined && actor.endedAtMs !== undefined) last.to = unixTimeOf(actor, actor.endedAtMs);
  return spans;
}

/** Whether a description brought other ICE credentials than those that were in force when the checks began. */
function isNewTry(after: ExportedState | undefined, last: Span): boolean {
  const textOfFragments = (context: unknown) => JSON.stringify(fieldOf(context, "usernameFragments"));
  const begun = last.moment?.after;
  return begun !== undefined && textOfFragments(begun.context) !== textOfFragments(after?.context);
}

function connectedAtOf(ice: readonly Span[], dtls: readonly Span[]): number | undefined {
  const secured = dtls.find(({ state }) => state === "connected")?.from;
  const reached = ice.find(({ state }) => state === "connected")?.from;
  return secured === undefined || reached === undefined ? undefined : Math.max(secured, reached);
}

const describedTypes: Readonly<Record<string, Described["type"]>> = {
  "remote.offered": "offer",
  "remote.answered": "answer",
  "remote.pranswered": "pranswer",
};

function describedBy(moment: Moment): Described | undefined {
  const { event } = moment;
  const type = describedTypes[event.type];
  if (type !== undefined) return { by: "client", type, sdp: textOf(event, "sdp"), moment };
  if (event.type !== "localDescription.created") return undefined;
  const own = textOf(event, "description", "type");
  if (own !== "offer" && own !== "answer" && own !== "pranswer") return undefined;
  return { by: "node", type: own, sdp: textOf(event, "description", "sdp"), moment };
}

interface CandidateSource {
  readonly by: Described["by"];
  readonly descriptions: readonly Described[];
  readonly moments: readonly Moment[];
  /** When ICE began for the last time: older candidates are of an older generation. */
  readonly since: number | undefined;
  /** The ICE generation in force. */
  readonly fragments: readonly unknown[];
}

function candidatesOf({ by, descriptions, moments, since = 0, fragments }: CandidateSource): readonly NamedCandidate[] {
  const latest = descriptions.findLast((described) => described.by === by);
  const type = by === "client" ? "candidate.received" : "candidate.gathered";
  // Those that came just before their description was applied are of it.
  const begun = Math.min(since, latest?.moment.at ?? since);
  const trickled = moments
    .filter(({ at, event }) => event.type === type && at >= begun)
    .filter(({ event }) => by === "node" || isOf(event, fragments))
    .flatMap(({ event }) => readCandidate(textOf(event, "candidate", "candidate")) ?? []);
  return withoutRepeats([...readCandidatesOf(latest?.sdp ?? ""), ...trickled]);
}

/** Whether a candidate belongs to a description that the node has: one that does not waits, and leads nowhere. */
function isOf(event: Moment["event"], fragments: readonly unknown[]): boolean {
  const [candidate, usernameFragment] = [
    textOf(event, "candidate", "candidate"),
    textOf(event, "candidate", "usernameFragment"),
  ];
  const fragment = readUsernameFragment({ candidate, usernameFragment });
  return fragment === undefined || fragments.includes(fragment);
}

/**
 * Those that were tried, of the last observation since then that had any: when it closes, they may be gone already. Others wait for
 * their turn, or were passed over when one was found.
 */
function pairsOf(observed: readonly Moment[], since = 0): readonly ObservedPair[] {
  const latest = observed.findLast(({ at, event }) => at >= since && listOf(event, "observation", "pairs").length > 0);
  return listOf(latest?.event, "observation", "pairs").filter(isPair).filter(wasTried);
}

function wasTried({ state, requestsReceived }: ObservedPair): boolean {
  return requestsReceived > 0 || (state !== "waiting" && state !== "frozen");
}

function isPair(value: unknown): value is ObservedPair {
  const isCandidate = (side: string) =>
    textOf(value, side, "address") !== "" && numberOf(value, side, "port") !== undefined;
  return isCandidate("local") && isCandidate("remote") && textOf(value, "state") !== "";
}

function wordsOf(moments: readonly Moment[], name: string): readonly string[] {
  const found = moments.findLast(({ event }) => listOf(event, name).length > 0);
  return listOf(found?.event, name).filter((word) => typeof word === "string");
}
