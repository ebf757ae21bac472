import { durationText } from "./duration_text.ts";
import { failedPartOf } from "./failed_part.ts";
import type { Facts, Finding, Rule, Waited } from "./finding.ts";
import { lateMs } from "./ice_trouble.ts";
import { evidenceOf, type Moment, textOf } from "./moment.ts";
import { lastSocketEnd, type SessionFacts } from "./session_facts.ts";

// It worked, then nothing came any more.

/** Nothing came over the connection that worked before. */
const consentLost: Rule = (facts) => {
  const silence = silenceOf(facts);
  if (silence === undefined) return undefined;
  const { connection, since, until, wasUpMs, isRestartTried } = silence;
  const forMs = (until ?? facts.now) - since;
  const lastOf = (type: string) => connection.connectivity.filter(({ event }) => event.type === type).slice(-1);
  const expired = lastOf("consent.expired");
  const evidence = [
    ...lastOf("transport.silent").map((moment) => evidenceOf(moment, "nothing had come for --silence-timeout-ms")),
    ...expired.map((moment) => evidenceOf(moment, "no check had been answered for --consent-timeout-ms")),
  ];
  const waitedFor: readonly Waited[] = [{ what: "a packet of the client", since, until }];
  const up = wasUpMs === undefined ? "The connection worked" : `The connection worked for ${durationText(wasUpMs)}`;
  const missed = expired.length === 0 ? "packet of the client" : "answer of the client to a check";
  const then = `${up}, then no ${missed} came for ${durationText(forMs)}`;
  const restart = isRestartTried ? " ICE was restarted and found no way either." : "";
  const hasFailed = failedPartOf(facts) !== undefined;
  const goneSocket = facts.session === undefined || hasFailed ? undefined : brokenSocketOf(facts.session);
  if (goneSocket !== undefined) {
    return {
      cause: "client-gone",
      likelihood: "certain",
      summary: `${then}, and its socket broke as well${codeText(goneSocket.code)}: the client is gone without a word.${restart}`,
      remedy:
        "Look at the client: it crashed, was killed, sleeps, or lost its network. The node did what it could: it waited for --resume-timeout-ms.",
      evidence: [...evidence, evidenceOf(goneSocket.moment, "its socket broke")],
      waitedFor,
      neverCame: ["a packet of the client", "the client on a new socket"],
    };
  }
  return {
    cause: "consent-lost",
    likelihood: "likely",
    summary: `${then}, though its socket stayed open: its way through the network is gone.${restart}`,
    remedy:
      'A change of the client\'s network, or a firewall that forgets a way, does that: have the client call restartIce() and offer when `iceConnectionState` is "disconnected" (the SDK does). A TURN server in --ice-servers helps where UDP is cut for good.',
    evidence,
    waitedFor,
    neverCame: ["a packet of the client"],
  };
};

/** Its socket is gone; the connection may be alive. */
const socketGone: Rule = (facts) => {
  const { session, now } = facts;
  if (session === undefined) return undefined;
  // Both at once is told of as one.
  if (silenceOf(facts) !== undefined && failedPartOf(facts) === undefined) return undefined;
  const end = brokenSocketOf(session);
  if (end === undefined) return undefined;
  const timedOut = session.moments.find(({ event }) => event.type.startsWith("xstate.after.resumeTimeout"));
  const forMs = (timedOut?.at ?? session.endedAt ?? now) - end.moment.at;
  const isAway = /detached/.test(session.state);
  if (isAway && forMs < lateMs) return undefined;
  const evidence = [evidenceOf(end.moment, "its socket broke")];
  return {
    cause: "client-gone",
    likelihood: "certain",
    summary: isAway
      ? `The client's socket broke ${durationText(forMs)} ago${codeText(end.code)}, and it has not come back yet; its place is kept for --resume-timeout-ms.`
      : timedOut === undefined
        ? `The client's socket broke without a goodbye${codeText(end.code)}, and its connection ended with it.`
        : `The client's socket broke without a goodbye${codeText(end.code)}, and it did not come back in ${durationText(forMs)} (--resume-timeout-ms).`,
    remedy:
      "Look at the client: it crashed, was killed, or lost its network. If a proxy is in front of the node, check how long it keeps silent sockets.",
    evidence: timedOut === undefined ? evidence : [...evidence, evidenceOf(timedOut, "nobody had come back")],
    ...(timedOut === undefined && !isAway
      ? {}
      : {
          waitedFor: [{ what: "the client on a new socket", since: end.moment.at, until: timedOut?.at }],
          neverCame: ["the client on a new socket"],
        }),
  };
};

/** The likeliest first, of those that are as likely. */
export const silenceCauses: readonly Rule[] = [consentLost, socketGone];

/** What a socket ends with that says goodbye (RFC 6455, 7.4.1); others of ours have rules of their own. */
const goodbyes: ReadonlySet<number> = new Set([1000, 1001, 1005, 1011, 1012, 1013, 4408, 4409, 4413, 4429]);

function brokenSocketOf(session: SessionFacts) {
  const end = lastSocketEnd(session);
  if (end === undefined || (end.code === undefined ? !end.isDropped : goodbyes.has(end.code))) return undefined;
  return end;
}

function codeText(code: number | undefined): string {
  return code === undefined ? "" : ` (close code ${code})`;
}

/** Undefined where packets come, or came until the client left. */
function silenceOf({ connection, now }: Facts) {
  if (connection === undefined) return undefined;
  const { ice, endedAt } = connection;
  const at = ice.findLastIndex(({ state }) => state === "disconnected");
  const [silent, next] = [ice[at], ice[at + 1]];
  if (silent === undefined || ice.slice(at + 1).some(({ state }) => state === "connected")) return undefined;
  const until = endedAt ?? (next?.state === "failed" ? next.from : undefined);
  if ((until ?? now) - silent.from < lateMs && next?.state !== "failed") return undefined;
  const up = ice.slice(0, at).findLast(({ state }) => state === "connected");
  return {
    connection,
    since: silent.from,
    until,
    wasUpMs: up === undefined ? undefined : silent.from - up.from,
    isRestartTried: ice.slice(at + 1).some(({ state }) => state === "checking"),
  };
}

/** What was told of an end that was wanted, as one that goes back to `moment`. */
export function reasonText(moment: Moment | undefined): string {
  const reason = textOf(moment?.event, "reason") || textOf(moment?.event, "message", "reason");
  return reason === "" ? "" : ` ("${reason.slice(0, 123)}")`;
}

/** For those who show it beside another one. */
export function asNote(finding: Finding): Finding {
  return { ...finding, likelihood: "note" };
}
