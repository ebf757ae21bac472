import { expect, test } from "vitest";
import { type NegotiationRun, runInto, type Sample, samples, timeouts, waysTo } from "./run_negotiation.ts";

// What each event brings about in each state: the next state if it is another one, what is ordered and told, and `~field`
// for what is only remembered. What is not listed is ignored: the state, the context and the world stay as they are.

type Row = Partial<Record<Sample, string>>;

const wishes: Row = {
  needed: "~isNegotiationNeeded",
  restart: "~isNegotiationNeeded; ~isIceRestartNeeded",
  closed: "closed",
};
const refusesAnswers: Row = {
  answered: "error bad-state 2; tell remote.dismissed",
  pranswered: "error bad-state 3; tell remote.dismissed",
};
const refusesRollback: Row = { rolledBack: "error bad-state 4" };
const keepsOffer: Row = { offered: "~waitingOffer" };
const refusesOffer: Row = { offered: "error bad-state 1; tell remote.dismissed" };
/** The engine refuses what it must be able to do. */
const failsWith = (ref = ""): Row => ({
  refused: `failed; error bad-sdp${ref}; tell negotiation.failed bad-sdp`,
  tainted: `failed; error peer-crashed${ref}; tell negotiation.failed peer-crashed`,
});

const table: Readonly<Record<Exclude<keyof typeof waysTo, "closed">, Row>> = {
  "stable.settled": {
    ...refusesAnswers,
    ...refusesRollback,
    offered: "stable.applyingOffer; apply offer o",
    needed: "stable.creatingOffer; create offer",
    restart: "stable.creatingOffer; create offer restarting ICE",
    closed: "closed",
  },
  "stable.applyingOffer": {
    ...wishes,
    ...keepsOffer,
    ...refusesAnswers,
    rolledBack: "~isOfferTakenBack",
    applied: "have-remote-offer.deciding; ask; tell remote.described u",
    refused: "stable.settled; error bad-sdp 1; tell remote.dismissed; tell offer.refused",
    tainted: "failed; error peer-crashed 1; tell negotiation.failed peer-crashed",
  },
  "stable.creatingOffer": {
    ...wishes,
    ...keepsOffer,
    ...refusesAnswers,
    ...refusesRollback,
    ...failsWith(),
    created: "have-local-offer.awaitingAnswer; send offer own",
  },
  "have-local-offer.awaitingAnswer": {
    ...wishes,
    ...keepsOffer,
    ...refusesRollback,
    restored: "have-local-offer.yielding; roll back local",
    answered: "have-local-offer.applyingAnswer; apply answer a",
    pranswered: "have-local-offer.applyingPranswer; apply pranswer p",
  },
  "have-local-offer.applyingAnswer": {
    ...wishes,
    ...keepsOffer,
    ...refusesAnswers,
    ...refusesRollback,
    applied: "stable.settled; tell remote.described u",
    refused: "have-local-offer.awaitingAnswer; error bad-sdp 2; tell remote.dismissed",
    tainted: "failed; error peer-crashed 2; tell negotiation.failed peer-crashed",
  },
  "have-local-offer.applyingPranswer": {
    ...wishes,
    ...refusesOffer,
    ...refusesRollback,
    answered: "~waitingAnswer",
    pranswered: "~waitingAnswer",
    applied: "have-remote-pranswer.awaitingAnswer; tell remote.described u",
    refused: "have-local-offer.awaitingAnswer; error bad-sdp 3; tell remote.dismissed",
    tainted: "failed; error peer-crashed 3; tell negotiation.failed peer-crashed",
  },
  "have-remote-offer.deciding": {
    ...wishes,
    ...refusesAnswers,
    offered: "have-remote-offer.rollingBack; roll back remote",
    rolledBack: "have-remote-offer.rollingBack; roll back remote",
    accepted: "have-remote-offer.creatingAnswer; create answer",
    requested: "have-remote-offer.creatingPranswer; create pranswer",
  },
  "have-remote-offer.creatingAnswer": {
    ...wishes,
    ...keepsOffer,
    ...refusesAnswers,
    ...refusesRollback,
    ...failsWith(" 1"),
    created: "stable.settled; send offer own",
  },
  "have-remote-offer.creatingPranswer": {
    ...wishes,
    ...keepsOffer,
    ...refusesAnswers,
    ...refusesRollback,
    ...failsWith(" 1"),
    created: "have-local-pranswer.deciding; send offer own",
  },
  "have-remote-offer.rollingBack": {
    ...wishes,
    ...keepsOffer,
    ...refusesAnswers,
    ...refusesRollback,
    ...failsWith(" 4"),
    undone: "stable.settled",
  },
  "have-local-pranswer.deciding": {
    ...wishes,
    ...keepsOffer,
    ...refusesAnswers,
    ...refusesRollback,
    accepted: "have-local-pranswer.creatingAnswer; create answer",
    requested: "have-local-pranswer.creatingPranswer; create pranswer",
  },
  "have-local-pranswer.creatingAnswer": {
    ...wishes,
    ...keepsOffer,
    ...refusesAnswers,
    ...refusesRollback,
    ...failsWith(" 1"),
    created: "stable.settled; send offer own",
  },
  "have-local-pranswer.creatingPranswer": {
    ...wishes,
    ...keepsOffer,
    ...refusesAnswers,
    ...refusesRollback,
    ...failsWith(" 1"),
    created: "have-local-pranswer.deciding; send offer own",
  },
  "have-remote-pranswer.awaitingAnswer": {
    ...wishes,
    ...refusesOffer,
    ...refusesRollback,
    answered: "have-remote-pranswer.applyingAnswer; apply answer a",
    pranswered: "have-remote-pranswer.applyingPranswer; apply pranswer p",
  },
  "have-remote-pranswer.applyingAnswer": {
    ...wishes,
    ...keepsOffer,
    ...refusesAnswers,
    ...refusesRollback,
    applied: "stable.settled; tell remote.described u",
    refused: "have-remote-pranswer.awaitingAnswer; error bad-sdp 2; tell remote.dismissed",
    tainted: "failed; error peer-crashed 2; tell negotiation.failed peer-crashed",
  },
  "have-remote-pranswer.applyingPranswer": {
    ...wishes,
    ...refusesOffer,
    ...refusesRollback,
    answered: "~waitingAnswer",
    pranswered: "~waitingAnswer",
    applied: "have-remote-pranswer.awaitingAnswer; tell remote.described u",
    refused: "have-remote-pranswer.awaitingAnswer; error bad-sdp 3; tell remote.dismissed",
    tainted: "failed; error peer-crashed 3; tell negotiation.failed peer-crashed",
  },
  failed: wishes,
};

/** The polite side's own state, and the one that only time brings. */
const yielding: Row = {
  ...refusesAnswers,
  rolledBack: "tell remote.dismissed; ~waitingOffer",
  restart: "~isIceRestartNeeded",
  undone: "stable.applyingOffer; apply offer o",
  ...failsWith(),
  closed: "closed",
};
const givingUp: Row = {
  ...wishes,
  ...keepsOffer,
  ...refusesAnswers,
  ...refusesRollback,
  ...failsWith(),
  undone: "stable.settled",
  restored: "~isNegotiationNeeded; ~isOfferUnanswered",
};

function outcomeOf(run: NegotiationRun, name: Sample): string {
  const [state, context] = [run.state, run.context];
  const lines = run.send(samples[name]);
  if (run.state !== state) return [run.state, ...lines].join("; ");
  const fields = Object.entries(run.context).filter(
    ([field, value]) => JSON.stringify(value) !== JSON.stringify(context[field as keyof typeof context]),
  );
  return [...lines, ...fields.map(([field]) => `~${field}`)].join("; ");
}

function expectRow(row: Row, start: () => NegotiationRun): void {
  const names = Object.keys(samples) as Sample[];
  const outcomes = names.map((name) => [name, outcomeOf(start(), name)] as const);
  expect(Object.fromEntries(outcomes.filter(([, outcome]) => outcome !== ""))).toEqual(row);
}

test.each(Object.keys(table) as (keyof typeof table)[])("[NG3] %s does with each event what is documented", (state) => {
  expect(runInto(waysTo[state]).state).toBe(state);
  expectRow(table[state], () => runInto(waysTo[state]));
});

test("[NG3] have-local-offer.yielding does with each event what is documented", () => {
  expectRow(yielding, () => {
    const run = runInto(["needed", "created", "offered"], { isPolite: true });
    expect(run.state).toBe("have-local-offer.yielding");
    return run;
  });
});

test("[NG3] have-local-offer.givingUp does with each event what is documented", () => {
  expectRow(givingUp, () => {
    const run = runInto(["needed", "created"]);
    run.wait(15_000);
    expect(run.state).toBe("have-local-offer.givingUp");
    return run;
  });
});

test("[NG3] closed is the end of it", () => {
  expect(runInto(waysTo.closed).actor.getSnapshot().status).toBe("done");
});

test("[RU5] an offer that the other side may never have got is made anew", () => {
  const run = runInto(["needed", "created"]);
  expect(run.send(samples.restored, samples.undone, samples.created)).toEqual([
    "roll back local",
    "create offer",
    "send offer own",
  ]);
});

test("[RU5] an offer that nobody answered is made anew once the other side is heard again", () => {
  const run = runInto(["needed", "created"]);
  run.wait(timeouts.answerTimeoutMs);
  run.send(samples.undone);
  expect(run.state).toBe("stable.settled");
  expect(run.send(samples.restored)).toEqual(["create offer"]);
});
