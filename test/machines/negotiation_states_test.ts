import { expect, test } from "vitest";
import type { NegotiationContext, NegotiationEvent } from "../../machines/negotiation_events.ts";
import { negotiationMachine } from "../../machines/negotiation_machine.ts";
import { samples, timeouts } from "./run_negotiation.ts";
import { nameOf, stepsOf, type WalkOptions } from "./walk.ts";

/** The W3C's signaling states (W3C WebRTC 4.3.1), each with the steps of the engine in it. */
const documented = [
  "stable.settled",
  "stable.applyingOffer",
  "stable.creatingOffer",
  "have-local-offer.awaitingAnswer",
  "have-local-offer.applyingAnswer",
  "have-local-offer.applyingPranswer",
  "have-local-offer.yielding",
  "have-local-offer.givingUp",
  "have-remote-offer.deciding",
  "have-remote-offer.creatingAnswer",
  "have-remote-offer.creatingPranswer",
  "have-remote-offer.rollingBack",
  "have-local-pranswer.deciding",
  "have-local-pranswer.creatingAnswer",
  "have-local-pranswer.creatingPranswer",
  "have-remote-pranswer.awaitingAnswer",
  "have-remote-pranswer.applyingAnswer",
  "have-remote-pranswer.applyingPranswer",
  "failed",
  "closed",
];

function optionsFor(isPolite: boolean): WalkOptions<typeof negotiationMachine> {
  return {
    input: { peerId: "p", sessionId: "s", isPolite, timeouts },
    events: Object.values(samples) satisfies NegotiationEvent[],
    relevant: ({ ref, ...context }: NegotiationContext) => context,
  };
}

const signalingStateOf = (value: Parameters<typeof nameOf>[0]): string => nameOf(value).split(".")[0] ?? "";
// Walked once: all tests look at the same steps.
const politeSteps = [...stepsOf(negotiationMachine, optionsFor(true))];
const impoliteSteps = [...stepsOf(negotiationMachine, optionsFor(false))];

function statesIn(steps: typeof politeSteps): string[] {
  return [...new Set(steps.flatMap(({ from, to }) => [nameOf(from.value), nameOf(to.value)]))].sort();
}

test.each([
  ["polite", politeSteps],
  ["impolite", impoliteSteps],
])("[NG1] the %s side gets into every documented state and into no other", (_, steps) => {
  expect(statesIn(steps)).toEqual(documented.toSorted());
});

/** The signaling states in which the W3C takes each order (W3C WebRTC 4.4.1.5, RFC 9429 3.2). */
const allowedIn: Readonly<Record<string, readonly string[]>> = {
  "apply offer": ["stable"],
  "apply answer": ["have-local-offer", "have-remote-pranswer"],
  "apply pranswer": ["have-local-offer", "have-remote-pranswer"],
  "create offer": ["stable"],
  "create answer": ["have-remote-offer", "have-local-pranswer"],
  "create pranswer": ["have-remote-offer", "have-local-pranswer"],
  "roll back local": ["have-local-offer"],
  "roll back remote": ["have-remote-offer"],
};
const verbs: Readonly<Record<string, string>> = {
  applyRemoteDescription: "apply",
  createLocalDescription: "create",
  rollBackDescription: "roll back",
};

test.each([
  ["polite", politeSteps],
  ["impolite", impoliteSteps],
] as const)("[NG2] the engine of the %s side is ordered only what the W3C allows", (_, steps) => {
  const seen = new Set<string>();
  for (const { to, actions } of steps) {
    for (const { type, params } of actions) {
      const verb = verbs[type];
      if (verb === undefined) continue;
      const { type: what, side } = params as { type?: string; side?: string };
      const order = `${verb} ${what ?? side}`;
      seen.add(order);
      expect(allowedIn[order], order).toContain(signalingStateOf(to.value));
    }
  }
  expect([...seen].sort()).toEqual(Object.keys(allowedIn).sort());
});

test("[NG2] the engine is given one order at a time, and none while one is under way", () => {
  const answers = ["remoteDescription.applied", "localDescription.created", "description.rolledBack"];
  for (const { from, event, actions } of politeSteps) {
    const orders = actions.filter(({ type }) => type in verbs);
    expect(orders.length).toBeLessThanOrEqual(1);
    const isWaiting = /applying|creating|rolling|yielding|givingUp/.test(nameOf(from.value));
    if (!isWaiting || orders.length === 0) continue;
    expect([...answers, "description.refused"]).toContain(event.type);
  }
});

test("[NG2] the signaling state changes only when the engine did what it was ordered to", () => {
  const engine = ["remoteDescription.applied", "localDescription.created", "description.rolledBack"];
  for (const { from, event, to } of politeSteps) {
    const [before, after] = [signalingStateOf(from.value), signalingStateOf(to.value)];
    if (before === after || after === "failed" || after === "closed") continue;
    expect(engine, `${nameOf(from.value)} -> ${nameOf(to.value)}`).toContain(event.type);
  }
});

test("[NG1] what was negotiated to its end leaves nothing waiting", () => {
  for (const { from } of politeSteps) {
    const { context } = from;
    const state = nameOf(from.value);
    if (state === "stable.settled") expect(context).toMatchObject({ waitingOffer: null, isNegotiationNeeded: false });
    const mayWait = ["have-local-offer.applyingPranswer", "have-remote-pranswer.applyingPranswer", "failed", "closed"];
    if (!mayWait.includes(state)) expect(context.waitingAnswer, state).toBeNull();
  }
});
