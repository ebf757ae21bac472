import { durationText } from "./duration_text.ts";
import type { Facts, Rule } from "./finding.ts";
import { lateMs } from "./ice_trouble.ts";
import { evidenceOf, type Moment, textOf } from "./moment.ts";

// The client was on another node before.

/** The node that it was on before handed nothing over. */
const nodeLost: Rule = (facts) => {
  const { session, connection, now } = facts;
  const reentered = reentryOf(facts);
  if (session === undefined || reentered === undefined || isLetGo(reentered, facts)) return undefined;
  const isBack = connection !== undefined;
  const forMs = (session.endedAt ?? now) - reentered.at;
  return {
    cause: "node-lost",
    likelihood: isBack || forMs < lateMs ? "note" : "certain",
    summary: isBack
      ? "The node that the client was on before is gone without a word; it came back to this one and connected anew."
      : `The node that the client was on is gone without a word; it came back to this one ${durationText(forMs)} ago, and has not offered since.`,
    remedy: isBack
      ? "Look at the node that is gone: its process or its machine ended, or it was cut off from NATS."
      : "Have the client offer anew when `resumed` says `fresh: true`. Look at the node that is gone: its process or its machine ended, or it was cut off from NATS.",
    evidence: [evidenceOf(reentered, "it came back from a node that is gone")],
    ...(isBack
      ? {}
      : {
          waitedFor: [{ what: "an offer of the client", since: reentered.at, until: session.endedAt }],
          neverCame: ["an offer of the client on its new node"],
        }),
  };
};

/** The node that it was on before let it go. */
const movedHere: Rule = (facts) => {
  const reentered = reentryOf(facts);
  if (reentered === undefined || !isLetGo(reentered, facts)) return undefined;
  const why = lastWords[textOf(reentered.event, "entry", "lastWord")] ?? "";
  return {
    cause: "moved",
    likelihood: "note",
    summary: `The client moved here from another node${why}.`,
    remedy: "",
    evidence: [evidenceOf(reentered, "its session goes on here")],
  };
};

const lastWords: Readonly<Record<string, string>> = {
  sent: ", which had sent it on (migrate)",
  stopped: ", which has stopped in order",
};

/** The likeliest first, of those that are as likely. */
export const reentryCauses: readonly Rule[] = [nodeLost, movedHere];

function reentryOf({ session }: Facts): Moment | undefined {
  return session?.moments.find(({ event }) => event.type === "session.reentered");
}

/** Whether the node before said so, or has a record that ends with it. */
function isLetGo(reentered: Moment, { session, earlierSessions }: Facts): boolean {
  if (textOf(reentered.event, "entry", "lastWord") !== "") return true;
  return earlierSessions.some(({ state, node }) => /superseded|closing|closed/.test(state) && node !== session?.node);
}
