import { stateText } from "../../machines/state_text.ts";
import { durationText } from "./duration_text.ts";
import type { Facts, Rule } from "./finding.ts";
import { lateMs } from "./ice_trouble.ts";
import { evidenceOf, fieldOf, type Moment, textOf } from "./moment.ts";

// Offers, answers and what became of them.

/** An offer of the node that the client did not answer, with or without one of its own in the way. */
const unanswered: Rule = (facts) => {
  const trouble = answerTroubleOf(facts);
  if (trouble === undefined) return undefined;
  const { last, missed, isBroken, hasFailed, isWaiting, until, forMs, rivals } = trouble;
  const isLive = isWaiting && facts.connection?.endedAt === undefined;
  const how = isLive ? `for ${durationText(forMs)} now` : `in ${durationText(forMs)}`;
  const times = missed.length > 1 ? ` That has happened ${missed.length} times.` : "";
  const base = {
    // A client that is not heard at all answers nothing either: that is told of by others.
    likelihood: isUnheard(facts) ? "possible" : isBroken ? "certain" : "note",
    evidence: [
      evidenceOf(last.offered, "the node offered"),
      ...rivals.slice(-1).map((rival) => evidenceOf(rival, "the client offered as well")),
      ...missed.slice(-3).map((late) => evidenceOf(late, "no answer came in time (--answer-timeout-ms)")),
    ],
    waitedFor: [{ what: "the client's answer to the node's offer", since: last.offered.at, until }],
    neverCame: ["an answer to the node's offer"],
  } as const;
  if (rivals.length > 0) {
    return {
      ...base,
      cause: "glare-unsettled",
      summary: isBroken
        ? `Client and node offered at the same time, and the client neither answered the node's offer nor took its own back ${how}.${times} What the node wants to send waits.`
        : `Client and node offered at the same time, which took ${durationText(forMs)} to settle, since the client did not give way.`,
      remedy:
        "Have the client be the polite side of perfect negotiation: when an `offer` comes while its own is open, it takes that one (setRemoteDescription rolls its own back by itself in browsers) and answers.",
    };
  }
  const outcome = hasFailed ? ", so the connection was closed" : "";
  return {
    ...base,
    cause: "answer-missing",
    summary: isBroken
      ? `The client has not answered the node's offer ${how}${outcome}.${times}${hasFailed ? "" : " What the node wants to send waits for it."}`
      : `The client once did not answer an offer of the node ${how}; later ones went well.`,
    remedy:
      "Have the client answer each `offer` message: setRemoteDescription(offer), setLocalDescription(), then send `localDescription` as an `answer`. Look in its console for an exception there.",
  };
};

/** Whether the connection worked, and nothing comes any more. */
function isUnheard({ connection }: Facts): boolean {
  const state = connection?.ice.at(-1)?.state;
  return connection?.connectedAt !== undefined && (state === "disconnected" || state === "failed");
}

/** Undefined where every offer of the node was answered in time. */
function answerTroubleOf({ connection, now }: Facts) {
  if (connection === undefined) return undefined;
  const { negotiation, negotiationState, negotiationContext, endedAt } = connection;
  const waits = waitsForAnswer(negotiation);
  const last = waits.at(-1);
  if (last === undefined) return undefined;
  const isWaiting = last.until === undefined && /\.awaitingAnswer$/.test(negotiationState);
  const until = last.until?.at ?? endedAt;
  const forMs = (until ?? now) - last.offered.at;
  const isOpen = isWaiting ? forMs >= lateMs : fieldOf(negotiationContext, "isOfferUnanswered") === true;
  const hasFailed = stateText(last.until?.after?.value) === "failed";
  const late = waits.filter(({ until }) => until?.event.type.startsWith("xstate.after.answerTimeout"));
  if (!isOpen && !hasFailed && late.length === 0) return undefined;
  return {
    last,
    isWaiting,
    until,
    forMs,
    hasFailed,
    isBroken: isOpen || hasFailed,
    missed: late.flatMap(({ until }) => until ?? []),
    rivals: [...late, last].flatMap(({ rival }) => rival ?? []),
  };
}

/** A description that the client sent and the engine could not use. */
const refused: Rule = ({ connection }) => {
  if (connection === undefined) return undefined;
  const { negotiation, endedAt, connectedAt } = connection;
  const refusals = negotiation.filter(({ event }) => event.type === "description.refused");
  const last = refusals.at(-1);
  if (last === undefined) return undefined;
  const isSettled = negotiation.some(
    ({ seq, event }) =>
      seq > last.seq && (event.type === "remoteDescription.applied" || event.type === "localDescription.created"),
  );
  const code = textOf(last.event, "refusal", "code");
  const message = textOf(last.event, "refusal", "message");
  const likelihood = isSettled || (connectedAt !== undefined && endedAt === undefined) ? "note" : "certain";
  // What follows "Cannot <do what>: ".
  const why = message.replace(/^Cannot [^:]*: /, "");
  const evidence = [evidenceOf(last, `it was refused: ${why}`)];
  if (code === "overloaded") {
    return {
      cause: "overloaded",
      likelihood,
      summary: `The node could not take the connection on: ${why}.`,
      remedy: "Widen --udp-ports or give it one port, which all clients share; or add nodes.",
      evidence,
    };
  }
  const isCodec = /no codec in common/.test(message);
  return {
    cause: isCodec ? "codec-mismatch" : "bad-description",
    likelihood,
    summary: isCodec
      ? `The node takes nothing of the client's offer: ${why}.`
      : `The node cannot use the client's description: ${why}.`,
    remedy: isCodec
      ? "Offer a data channel, or a codec that the node takes: Opus, PCMU or PCMA; VP8, VP9, H264 or AV1."
      : "Have the client send the description as the browser made it, from `localDescription`, without changing it.",
    evidence,
    neverCame: ["a description that can be used"],
  };
};

/** The node, or the program on it, took too long. */
const nodeSlow: Rule = ({ connection }) => {
  const late = connection?.negotiation.find(({ event }) => event.type.startsWith("xstate.after.engineTimeout"));
  if (connection === undefined || late === undefined) return undefined;
  const before = connection.negotiation.findLast(({ seq, after }) => seq < late.seq && after !== undefined);
  const state = stateText(before?.after?.value);
  const isProgram = state.endsWith("deciding");
  return {
    cause: "node-slow",
    likelihood: "certain",
    summary: isProgram
      ? `The program on the node did not say in ${durationText(late.at - (before?.at ?? late.at))} whether to answer the client's offer.`
      : `The node needed more than ${durationText(late.at - (before?.at ?? late.at))} for one step of the negotiation (${state}).`,
    remedy: isProgram
      ? "Look at what the program's handler of a new peer connection waits for; --engine-timeout-ms is the limit."
      : "Look at the node's CPU and its log: it is overloaded or stuck. --engine-timeout-ms is the limit.",
    evidence: [evidenceOf(late, `it was too late (${state})`)],
    waitedFor: [
      {
        what: isProgram ? "the program on the node" : "a step of the node",
        since: before?.at ?? late.at,
        until: late.at,
      },
    ],
  };
};

/** The likeliest first, of those that are as likely. */
export const negotiationCauses: readonly Rule[] = [nodeSlow, refused, unanswered];

interface AnswerWait {
  readonly offered: Moment;
  /** An offer of the client that came meanwhile. */
  readonly rival: Moment | undefined;
  /** What ended it. */
  readonly until: Moment | undefined;
}

/** Each time that the node waited for an answer. */
function waitsForAnswer(negotiation: readonly Moment[]): readonly AnswerWait[] {
  const waits: { offered: Moment; rival: Moment | undefined; until: Moment | undefined }[] = [];
  let isWaiting = false;
  for (const moment of negotiation) {
    const isAwaiting = /\.awaitingAnswer$/.test(stateText(moment.after?.value));
    if (isAwaiting && !isWaiting) waits.push({ offered: moment, rival: undefined, until: undefined });
    const wait = waits.at(-1);
    if (wait !== undefined && (isAwaiting || isWaiting)) {
      if (moment.event.type === "remote.offered") wait.rival ??= moment;
      if (!isAwaiting) wait.until = moment;
    }
    isWaiting = isAwaiting;
  }
  return waits;
}
