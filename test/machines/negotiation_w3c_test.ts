import { expect, test } from "vitest";
import { type SignalingState, setLocal, setRemote, signalingStates as states } from "../kit/signaling_table.ts";
import { type NegotiationRun, runInto, type Sample, samples, waysTo } from "./run_negotiation.ts";

// The machine is held against the W3C's table (`test/kit/signaling_table.ts`).

const wayTo: Readonly<Record<SignalingState, readonly Sample[]>> = {
  stable: waysTo["stable.settled"],
  "have-local-offer": waysTo["have-local-offer.awaitingAnswer"],
  "have-remote-offer": waysTo["have-remote-offer.deciding"],
  "have-local-pranswer": waysTo["have-local-pranswer.deciding"],
  "have-remote-pranswer": waysTo["have-remote-pranswer.awaitingAnswer"],
};
const remoteSample = { offer: "offered", answer: "answered", pranswer: "pranswered", rollback: "rolledBack" } as const;
/** A rollback of this side's own is never asked for from outside. */
const localSample = { offer: "needed", answer: "accepted", pranswer: "requested" } as const;

const signalingStateOf = (run: NegotiationRun): string => run.state.split(".")[0] ?? "";

/** Sends an event, and answers each order as an engine does that can do everything. */
function settle(run: NegotiationRun, name: Sample): string[] {
  const written = run.send(samples[name]);
  for (let next = written; next.length > 0; written.push(...next)) {
    const order = next.map((line) => /^(apply|create|roll back)/.exec(line)?.[1]).find((verb) => verb !== undefined);
    if (order === undefined) break;
    next = run.send(samples[order === "apply" ? "applied" : order === "create" ? "created" : "undone"]);
  }
  return written;
}

const remoteCases = states.flatMap((state) =>
  (["offer", "answer", "pranswer", "rollback"] as const).map((type) => ({ state, type, next: setRemote[state][type] })),
);
/** Where this machine does more than the W3C's table says, or later. */
const isExcepted = ({ state, type }: { state: string; type: string }): boolean =>
  type === "offer" && state === "have-local-pranswer";

test.each(remoteCases.filter(({ next }) => next !== undefined))(
  "[NG4] in $state the polite side takes a remote $type and is $next",
  ({ state, type, next }) => {
    const run = runInto(wayTo[state], { isPolite: true });
    expect(settle(run, remoteSample[type]).filter((line) => line.startsWith("error"))).toEqual([]);
    expect(signalingStateOf(run)).toBe(next);
  },
);

test.each(remoteCases.filter(({ next, ...cell }) => next === undefined && !isExcepted(cell)))(
  "[NG5] in $state a remote $type is refused with bad-state, and nothing changes",
  ({ state, type }) => {
    const run = runInto(wayTo[state]);
    const [before, context] = [run.state, run.context];
    const ref = samples[remoteSample[type]].ref;
    expect(run.send(samples[remoteSample[type]]).filter((line) => !line.startsWith("tell"))).toEqual([
      `error bad-state ${ref}`,
    ]);
    expect([run.state, run.context]).toEqual([before, context]);
  },
);

test("[NG6] an offer waits while the final answer after a provisional one is due, and that answer is not sent", () => {
  const run = runInto(wayTo["have-local-pranswer"]);
  expect(run.send(samples.offered)).toEqual([]);
  expect(run.send(samples.accepted)).toEqual(["create answer"]);
  expect(run.send(samples.created)).toEqual(["apply offer o"]);
});

const localCases = states.flatMap((state) =>
  (["offer", "answer", "pranswer"] as const).map((type) => ({ state, type, next: setLocal[state][type] })),
);

test.each(localCases.filter(({ type, state }) => type !== "offer" || state === "stable"))(
  "[NG4] in $state a local $type leads where the W3C says: $next",
  ({ state, type, next }) => {
    const run = runInto(wayTo[state]);
    const written = settle(run, localSample[type]);
    expect(written.some((line) => line.startsWith("create"))).toBe(next !== undefined);
    expect(signalingStateOf(run)).toBe(next ?? state);
  },
);

test.each(states.filter((state) => state !== "stable"))("[NG4] in %s an offer of this side waits", (state) => {
  const run = runInto(wayTo[state]);
  expect(settle(run, "needed")).toEqual([]);
  expect(run.context.isNegotiationNeeded).toBe(true);
});

test("[NG4] what waited until stable is done then", () => {
  const run = runInto(wayTo["have-remote-offer"]);
  run.send(samples.needed, samples.accepted);
  expect(run.send(samples.created)).toEqual(["send offer own", "create offer"]);
});
