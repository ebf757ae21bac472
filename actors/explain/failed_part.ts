import type { ConnectionCause } from "../../protocol/connection_cause.ts";
import { dtlsTroubleOf } from "./dtls_causes.ts";
import type { Facts, Finding } from "./finding.ts";
import { iceTroubleOf, lateMs } from "./ice_trouble.ts";
import { lastSocketEnd } from "./session_facts.ts";

/** What a peer connection failed at: its causes come before all others. */
export type FailedPart = "ice" | "dtls" | "negotiation";

const parts: Partial<Readonly<Record<ConnectionCause, FailedPart>>> = {
  "udp-blocked": "ice",
  "one-way": "ice",
  "wrong-announce-ip": "ice",
  "client-hidden": "ice",
  "only-relay": "ice",
  "candidates-missing": "ice",
  "turn-refused": "ice",
  "turn-unreachable": "ice",
  "consent-lost": "ice",
  "certificate-mismatch": "dtls",
  "dtls-refused": "dtls",
  "dtls-unanswered": "dtls",
  "answer-missing": "negotiation",
  "glare-unsettled": "negotiation",
  "bad-description": "negotiation",
  "codec-mismatch": "negotiation",
  "node-slow": "negotiation",
  overloaded: "negotiation",
};

/** What became of the client and its session: where the connection was over already, this is not why. */
const sessionEnds: ReadonlySet<ConnectionCause> = new Set([
  "client-gone",
  "slow-consumer",
  "abuse",
  "node-drained",
  "kicked",
  "moved",
]);

/** What the connection failed at while the client was there; undefined where its socket was gone first, or nothing failed. */
export function failedPartOf(facts: Facts): FailedPart | undefined {
  const failure = failureOf(facts);
  const end = facts.session === undefined ? undefined : lastSocketEnd(facts.session);
  return failure === undefined || (end !== undefined && end.moment.at < failure.at) ? undefined : failure.part;
}

/** Whether the finding is about that part. */
export function isAbout({ cause }: Finding, part: FailedPart | undefined): boolean {
  return part !== undefined && parts[cause] === part;
}

/** Whether it is about the end of the session, and the connection was over before. */
export function isAfterwards({ cause, evidence }: Finding, { connection }: Facts): boolean {
  const endedAt = connection?.ending?.at;
  return endedAt !== undefined && sessionEnds.has(cause) && evidence.every(({ at }) => at > Math.ceil(endedAt));
}

function failureOf(facts: Facts): { readonly part: FailedPart; readonly at: number } | undefined {
  const { connection } = facts;
  if (connection === undefined) return undefined;
  const { ending, ice } = connection;
  // A fault of the server is no failure of the connection.
  if (ending?.after?.status === "error") return undefined;
  if (ending?.event.type === "negotiation.failed") return { part: "negotiation", at: ending.at };
  // What is late has failed for whoever waits, also before the node gives up.
  const security = dtlsTroubleOf(facts);
  if (security !== undefined) {
    return { part: "dtls", at: security.failed === undefined ? security.since + lateMs : security.failed.at };
  }
  const way = iceTroubleOf(facts);
  if (way !== undefined) return { part: "ice", at: Math.min(way.since + lateMs, way.failed?.at ?? Infinity) };
  const last = ice.at(-1);
  return last?.state === "failed" ? { part: "ice", at: last.from } : undefined;
}
