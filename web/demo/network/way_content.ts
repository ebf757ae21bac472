import { isHidden, type SeenCandidate } from "../candidate.ts";
import { durationText } from "../duration_text.ts";
import type { PairReading } from "../stats_reading.ts";
import type { NetworkFacts, PathFacts, SignalingFacts } from "./network_facts.ts";
import { isRelay, type PathKind } from "./path_kind.ts";
import { sayPath } from "./path_words.ts";
import { medianOf } from "./verdict.ts";
import type { BreakPoint, WayContent } from "./way_row.ts";

/** What the row of the WebSocket shows. */
export function signalingContent({ signaling }: NetworkFacts): WayContent {
  const { state, openedMs, roundTripsMs, close, hasServerAnswered } = signaling;
  const isGone = hasServerAnswered === false;
  const said = close === null ? "" : ` (code ${close.code}${close.reason === "" ? "" : `: ${close.reason}`})`;
  const why = isGone
    ? "The server answers neither here nor over HTTP."
    : `The server answers over HTTP, not here${said}.`;
  return {
    state,
    ...signalingOutcomes[state],
    breaksAt: state === "failed" ? "middle" : "",
    why: state === "failed" ? why : "",
    remedy: "",
    pair: "",
    measures: [
      ["Opened in", openedMs === null ? "" : durationText(openedMs)],
      ["Round trip", roundTripsMs.length === 0 ? "" : durationText(medianOf(roundTripsMs))],
    ],
  };
}

const signalingOutcomes: Readonly<Record<SignalingFacts["state"], Pick<WayContent, "outcome" | "tone">>> = {
  waiting: { outcome: "Waiting", tone: "idle" },
  connecting: { outcome: "Connecting…", tone: "working" },
  measuring: { outcome: "Measuring…", tone: "working" },
  works: { outcome: "Works", tone: "good" },
  failed: { outcome: "Does not work", tone: "bad" },
};

/** What the row of one way shows. */
export function pathContent(kind: PathKind, facts: NetworkFacts): WayContent {
  const path = facts.paths[kind];
  return {
    state: path.state,
    ...sayPath(kind, facts),
    breaksAt: breakOf(kind, path),
    pair: path.pair === null ? sayAnnounced(path) : sayPair(path.pair),
    measures: [
      ["Connected in", path.connectedMs === null ? "" : durationText(path.connectedMs)],
      ["Round trip", path.roundTripsMs.length === 0 ? "" : durationText(medianOf(path.roundTripsMs))],
      ["Lost", lossText(path)],
    ],
  };
}

/** A relay that gave no address was not reached; one that did does not reach the server. */
function breakOf(kind: PathKind, { state, cause }: PathFacts): BreakPoint | "" {
  if (state !== "failed") return "";
  if (!isRelay(kind)) return "middle";
  return cause?.startsWith("relay-") ? "before-relay" : "behind-relay";
}

function lossText({ burst }: PathFacts): string {
  return burst === null || burst.sent === 0 ? "" : `${burst.sent - burst.returned} of ${burst.sent}`;
}

/** How many addresses are named: a server with many networks has many. */
const maxAnnounced = 6;

/** What the server announces where nothing answered: a wrong address is seen at a glance. Empty for a way that does not fail. */
export function sayAnnounced({ state, received }: PathFacts): string {
  if (state !== "failed" || received.length === 0) return "";
  const ends = [...new Set(received.map((one) => `${endText(one)}, ${one.protocol.toUpperCase()}`))];
  const more = ends.length > maxAnnounced ? `; and ${ends.length - maxAnnounced} more` : "";
  return `The server announces ${ends.slice(0, maxAnnounced).join("; ")}${more}`;
}

function sayPair({ local, remote }: PairReading): string {
  return `${endText(local)} → ${endText(remote)}, ${local.protocol.toUpperCase()}`;
}

function endText(candidate: SeenCandidate): string {
  const { address, port, type } = candidate;
  if (address === "" || isHidden(candidate)) return `hidden address (${type})`;
  return `${address.includes(":") ? `[${address}]` : address}:${port} (${type})`;
}
