import { stateText } from "../machines/state_text.ts";
import { type ListedPeer, maxListedPeers, mergedPeers } from "../protocol/peer_list.ts";
import type { ActorRecord } from "./actor_record.ts";
import type { RecordingNode } from "./export_actors.ts";
import { hasGivenUp } from "./gave_up.ts";

/** The clients that one node remembers, those that came last first. */
export function listPeers(records: readonly ActorRecord[], node: RecordingNode): readonly ListedPeer[] {
  const sessions = records.filter(({ kind }) => kind === "session").toSorted((a, b) => b.seq - a.seq);
  const shown = sessions.slice(0, maxListedPeers);
  const peers = Map.groupBy(
    records.filter(({ kind }) => kind === "peer"),
    ({ parent }) => parent,
  );
  return mergedPeers([shown.map((session) => listed(session, peers.get(session.address) ?? [], node))]);
}

function listed(session: ActorRecord, peers: readonly ActorRecord[], { nodeId, epochMs }: RecordingNode): ListedPeer {
  const { room: roomNow } = session.labels;
  const entries = session.events.flatMap(({ event }) => entryOf(event) ?? []);
  const [name, room] = [entries.at(-1)?.name, roomNow ?? entries.at(-1)?.room];
  const endOf = ({ endedAtMs }: ActorRecord) =>
    endedAtMs === undefined ? {} : { endedAt: Math.round(epochMs + endedAtMs) };
  return {
    id: session.labels.peers?.[0] ?? session.name,
    ...(name === undefined ? {} : { name }),
    ...(room === undefined ? {} : { room }),
    node: nodeId,
    state: stateText(session.state?.value),
    startedAt: Math.round(epochMs + session.startedAtMs),
    ...endOf(session),
    connections: peers.map((peer) => {
      const failure = failureOf(peer, session);
      return {
        id: peer.name,
        state: stateText(peer.state?.value),
        ...endOf(peer),
        ...(failure === undefined ? {} : { failure }),
      };
    }),
  };
}

/** As it says itself while it lives, then by what it ended with; undefined for one that did not fail, or of which that is not remembered. */
function failureOf(peer: ActorRecord, session: ActorRecord): string | undefined {
  const { state, events } = peer;
  if (state?.status === "error") return "peer-crashed";
  const text = stateText(state?.value);
  if (text === "open.failed") return hasFailed(state?.context, "dtls") ? "dtls-failed" : "ice-failed";
  if (text.startsWith("open")) return undefined;
  const ending = events.find(({ after }) => after?.value === "closing")?.event;
  if (ending === undefined) return undefined;
  if (!failures.has(ending.type)) return hasGivenUp(peer, session) ? "gave-up" : undefined;
  return typeof ending["code"] === "string" ? ending["code"] : ending.type;
}

/** What a peer connection ends by as a failure. */
const failures: ReadonlySet<string> = new Set(["connectivity.failed", "negotiation.failed", "offer.refused"]);

function hasFailed(context: unknown, part: "ice" | "dtls"): boolean {
  return typeof context === "object" && context !== null && Reflect.get(context, part) === "failed";
}

/** How the client came into a room, if that is what the event is about. */
function entryOf(event: { readonly [key: string]: unknown }): Partial<Record<"name" | "room", string>> | undefined {
  const entry = event["type"] === "session.reentered" ? event["entry"] : event["message"];
  if (typeof entry !== "object" || entry === null || !("room" in entry) || typeof entry.room !== "string")
    return undefined;
  const isEntry = event["type"] === "session.reentered" || ("type" in entry && entry.type === "join");
  if (!isEntry) return undefined;
  return { room: entry.room, ...("name" in entry && typeof entry.name === "string" ? { name: entry.name } : {}) };
}
