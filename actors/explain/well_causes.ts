import type { ConnectionFacts } from "./connection_facts.ts";
import { countText, durationText } from "./duration_text.ts";
import type { Rule } from "./finding.ts";
import { evidenceOf, fieldOf, textOf } from "./moment.ts";
import { phasesOf, phaseText } from "./phases.ts";
import { sessionEndText } from "./session_causes.ts";
import { isSaid } from "./session_facts.ts";
import { reasonText } from "./silence_causes.ts";

// What is as it should be: it works, is on its way, or ended since somebody wanted it to.

/** Connecting for longer than this, in milliseconds, is worth a word. Ours. */
const slowMs = 3_000;

/** It works. */
const connected: Rule = ({ connection }) => {
  if (connection === undefined || connection.endedAt !== undefined || connection.ending !== undefined) return undefined;
  const isUp = connection.ice.at(-1)?.state === "connected" && connection.dtls.at(-1)?.state === "connected";
  if (!isUp) return undefined;
  const { connectedAt, startedAt, connectivity } = connection;
  const up = connectivity.find(
    ({ event, after }) => event.type === "dtls.changed" && textOf(after?.value, "dtls") === "connected",
  );
  const tookMs = connectedAt === undefined || !connection.isWhole ? undefined : connectedAt - startedAt;
  const phases = phasesOf(connection);
  const longest = phases.toSorted((a, b) => b.ms - a.ms)[0];
  const isSlow = tookMs !== undefined && tookMs >= slowMs;
  const took = tookMs === undefined ? "Connected" : `Connected after ${durationText(tookMs)}: ${phaseText(phases)}`;
  return {
    cause: isSlow ? "slow" : "connected",
    likelihood: "certain",
    summary: `${took}.${wayText(connection)}${restartText(connection)}`,
    remedy: isSlow ? (slowRemedies[longest?.name ?? ""] ?? "") : "",
    evidence: up === undefined ? [] : [evidenceOf(up, "both ICE and DTLS are up")],
  };
};

const slowRemedies: Readonly<Record<string, string>> = {
  answer:
    "The node was slow to answer: look at its CPU, at servers of --ice-servers, and at what the program does with an offer.",
  ICE: "Finding a way was slow: have the client send its candidates as they come (trickle), and look at firewalls that drop what they should refuse.",
  DTLS: "The handshake was slow: packets are lost on the way, or client or node have no CPU left.",
};

/** It is on its way, and nothing is late; rules on what is late say more. */
const connecting: Rule = ({ connection, now }) => {
  if (connection === undefined || connection.endedAt !== undefined || connection.ending !== undefined) return undefined;
  const [ice, dtls] = [connection.ice.at(-1), connection.dtls.at(-1)];
  if (ice?.state === "failed" || dtls?.state === "failed") return undefined;
  if (ice?.state === "disconnected") {
    return {
      cause: "connecting",
      likelihood: "certain",
      summary: `Nothing has come from the client for a moment (${durationText(now - ice.from)}); that mends itself, or ICE is restarted.`,
      remedy: "",
      evidence: [],
      waitedFor: [{ what: "a packet of the client", since: ice.from, until: undefined }],
    };
  }
  if (ice?.state === "connected" && dtls?.state === "connected") return undefined;
  const what =
    ice?.state === "connected"
      ? "the DTLS handshake"
      : ice?.state === "checking"
        ? "a candidate pair that works"
        : "the first descriptions";
  const since = ice?.state === "connected" ? ice.from : ice?.state === "checking" ? ice.from : connection.startedAt;
  return {
    cause: "connecting",
    likelihood: "certain",
    summary: `On its way for ${durationText(now - connection.startedAt)}: waiting for ${what}.`,
    remedy: "",
    evidence: [],
    waitedFor: [{ what, since, until: undefined }],
  };
};

/** Somebody ended it. */
const ended: Rule = ({ connection, session }) => {
  const ending = connection?.ending;
  if (connection === undefined || (connection.endedAt === undefined && ending === undefined)) return undefined;
  const had = historyText(connection);
  if (ending?.event.type === "transport.ended") {
    return {
      cause: "left",
      likelihood: "certain",
      summary: `The client closed its peer connection. ${had}`,
      remedy: endedAtOnce(connection)
        ? "If it did not mean to: a client that refuses the node's certificate ends it right after the handshake. Look for what changes `a=fingerprint` in the node's description on its way, and at the client's console."
        : "",
      evidence: [evidenceOf(ending, "the client said goodbye (DTLS or SCTP)")],
    };
  }
  if (ending?.event.type !== "peer.closed") return undefined;
  if (fieldOf(ending.event, "isTold") === false) {
    return {
      cause: "closed-by-program",
      likelihood: "certain",
      summary: `The program on the node, or the operator, closed the peer connection${reasonText(ending)}. ${had}`,
      remedy: "",
      evidence: [evidenceOf(ending, "the node closed it")],
    };
  }
  const bye = session?.moments.findLast((moment) => isSaid(moment, "bye") && moment.seq <= ending.seq);
  // A bye is passed on at once; what is older was about another one.
  if (bye !== undefined && bye.at >= connection.startedAt) {
    return {
      cause: "left",
      likelihood: "certain",
      summary: `The client said goodbye${reasonText(bye)}. ${had}`,
      remedy: "",
      evidence: [evidenceOf(bye, "the client said bye")],
    };
  }
  const end = session === undefined ? undefined : sessionEndText(session);
  if (end === undefined || end.moment === undefined) return undefined;
  return {
    cause: end.isByProgram ? "closed-by-program" : "left",
    likelihood: "certain",
    summary: `${end.text} ${had}`,
    remedy: "",
    evidence: [evidenceOf(end.moment, "the session ended")],
  };
};

/** Whether it ended so soon that nobody can have used it. Ours: a client that refuses a certificate took some 10 ms. */
function endedAtOnce({ connectedAt, ending }: ConnectionFacts): boolean {
  return connectedAt !== undefined && ending !== undefined && ending.at - connectedAt < 500;
}

/** There is a client, and no peer connection. */
const neverOffered: Rule = ({ connection, session, now }) => {
  if (connection !== undefined || session === undefined) return undefined;
  if (session.moments.some((moment) => isSaid(moment, "offer"))) return undefined;
  const early = session.moments.filter((moment) => isSaid(moment, "candidate"));
  const forMs = (session.endedAt ?? now) - session.startedAt;
  const isFromElsewhere = session.moments.some(({ event }) => event.type === "session.reentered");
  const where = session.room === undefined ? "" : ` in room "${session.room}"`;
  const end = session.endedAt === undefined ? undefined : sessionEndText(session);
  return {
    cause: end === undefined ? "never-offered" : end.isByProgram ? "closed-by-program" : "left",
    likelihood: "certain",
    summary:
      end === undefined
        ? `The client has been here${where} for ${durationText(forMs)}${isFromElsewhere ? ", since it came from another node," : ""} and has sent no offer, so there is no peer connection${early.length > 0 ? `, though it sent ${countText(early.length, "candidate")}` : ""}.`
        : `${end.text === "" ? "The session has ended." : end.text} The client was here${where} for ${durationText(forMs)} and never sent an offer, so there was no peer connection.`,
    remedy:
      end === undefined
        ? "If it should send or receive media or use data channels, have it send an `offer` message."
        : "",
    evidence: early.slice(0, 1).map((moment) => evidenceOf(moment, "a candidate, and no offer before it")),
    neverCame: ["an offer of the client"],
  };
};

/** The first that fits is it. */
export const wellCauses: readonly Rule[] = [connected, ended, connecting, neverOffered];

function wayText({ pairs }: ConnectionFacts): string {
  const selected = pairs.find(({ isSelected }) => isSelected);
  if (selected === undefined) return "";
  const { local, remote, roundTripTimeMs } = selected;
  const isRelayed = local.type === "relay" || remote.type === "relay";
  const rtt = roundTripTimeMs === undefined ? "" : `, round trip ${durationText(roundTripTimeMs)}`;
  return ` Packets go ${isRelayed ? "through a TURN server" : "directly"} (${remote.protocol.toUpperCase()}${rtt}).`;
}

function restartText({ ice }: ConnectionFacts): string {
  const first = ice.findIndex(({ state }) => state === "connected");
  const restarts = ice.slice(first + 1).filter(({ state }) => state === "checking").length;
  const breaks = ice.filter(({ state }) => state === "disconnected").length;
  return [
    breaks > 0 ? ` It was interrupted ${breaks === 1 ? "once" : `${breaks} times`} and came back.` : "",
    first >= 0 && restarts > 0 ? ` ICE was restarted ${restarts === 1 ? "once" : `${restarts} times`}.` : "",
  ].join("");
}

/** How it was before it ended. */
export function historyText(connection: ConnectionFacts): string {
  const { connectedAt, endedAt, ending, startedAt } = connection;
  const end = ending?.at ?? endedAt;
  if (connectedAt === undefined) {
    return end === undefined ? "" : `It was not connected yet, after ${durationText(end - startedAt)}.`;
  }
  const up = end === undefined ? "" : ` and was up for ${durationText(end - connectedAt)}`;
  const took = connection.isWhole
    ? `It had connected after ${durationText(connectedAt - startedAt)} (${phaseText(phasesOf(connection))})`
    : "It had been connected";
  return `${took}${up}.`;
}
