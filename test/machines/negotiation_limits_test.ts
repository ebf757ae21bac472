import { expect, test } from "vitest";
import { runInto, runNegotiation, type Sample, samples, timeouts, waysTo } from "./run_negotiation.ts";

const { offered, answered, rolledBack, needed, accepted, applied, created, undone, refused, tainted } = samples;

/** What is waited for in each state, and for which time; the rest waits for nothing. */
const engineSteps = [
  "stable.applyingOffer",
  "stable.creatingOffer",
  "have-local-offer.applyingAnswer",
  "have-local-offer.applyingPranswer",
  "have-remote-offer.deciding",
  "have-remote-offer.creatingAnswer",
  "have-remote-offer.creatingPranswer",
  "have-remote-offer.rollingBack",
  "have-local-pranswer.deciding",
  "have-local-pranswer.creatingAnswer",
  "have-local-pranswer.creatingPranswer",
  "have-remote-pranswer.applyingAnswer",
  "have-remote-pranswer.applyingPranswer",
] as const;

test.each(engineSteps)("[NG15] %s fails when the engine or the application takes too long", (state) => {
  const run = runInto(waysTo[state]);
  expect(run.wait(timeouts.engineTimeoutMs - 1)).toEqual([]);
  expect(run.state).toBe(state);
  const [error, told] = run.wait(1);
  expect(error).toMatch(/^error negotiation-timeout/);
  expect(told).toBe("tell negotiation.failed negotiation-timeout");
  expect(run.state).toBe("failed");
});

test.each([
  ["yielding", true],
  ["givingUp", false],
] as const)("[NG15] have-local-offer.%s fails when the engine takes too long", (step, isPolite) => {
  const run = runInto(isPolite ? ["needed", "created", "offered"] : ["needed", "created"], { isPolite });
  if (!isPolite) run.wait(timeouts.answerTimeoutMs);
  expect(run.state).toBe(`have-local-offer.${step}`);
  expect(run.wait(timeouts.engineTimeoutMs - 1)).toEqual([]);
  expect(run.wait(1)).toEqual(["error negotiation-timeout", "tell negotiation.failed negotiation-timeout"]);
});

test("[NG14] an offer that is never answered is taken back, told, and made again after the client's next one", () => {
  const run = runInto(["needed", "created"]);
  expect(run.wait(timeouts.answerTimeoutMs - 1)).toEqual([]);
  expect(run.wait(1)).toEqual(["error negotiation-timeout", "roll back local"]);
  expect(run.send(undone)).toEqual([]);
  expect(run.wait(3_600_000)).toEqual([]);
  run.send(offered, applied, accepted);
  expect(run.send(created)).toEqual(["send offer own", "create offer"]);
});

test("[NG14] what was never answered is not made again if a later offer of this side was", () => {
  const run = runInto(["needed", "created"]);
  run.wait(timeouts.answerTimeoutMs);
  run.send(undone, needed, created, answered, applied);
  run.send(offered, applied, accepted);
  expect(run.send(created)).toEqual(["send offer own"]);
});

test("[NG14] an answer that cannot be used starts the wait for another one anew", () => {
  const run = runInto(["needed", "created"]);
  run.wait(timeouts.answerTimeoutMs - 1);
  run.send(answered, refused);
  expect(run.wait(timeouts.answerTimeoutMs - 1)).toEqual([]);
  expect(run.wait(1)).toEqual(["error negotiation-timeout", "roll back local"]);
});

test("[NG16] a provisional answer without a final one in time fails, since it cannot be rolled back", () => {
  const run = runInto(waysTo["have-remote-pranswer.awaitingAnswer"]);
  expect(run.wait(timeouts.answerTimeoutMs - 1)).toEqual([]);
  expect(run.wait(1)).toEqual(["error negotiation-timeout", "tell negotiation.failed negotiation-timeout"]);
  expect(run.state).toBe("failed");
});

test.each(["stable.settled", "failed"] as const)("[NG15] %s waits for nothing", (state) => {
  const run = runInto(waysTo[state]);
  expect(run.wait(86_400_000)).toEqual([]);
  expect(run.state).toBe(state);
});

test("[NG15] every state is among those whose time limits are tested", () => {
  const limited: string[] = [...engineSteps, "have-local-offer.awaitingAnswer", "have-remote-pranswer.awaitingAnswer"];
  expect([...limited, "stable.settled", "failed", "closed"].sort()).toEqual(Object.keys(waysTo).sort());
});

test("[NG17] an error about a message has its ref", () => {
  const run = runNegotiation();
  expect(run.send({ ...offered, ref: "first" }, refused)[1]).toBe("error bad-sdp first");
  expect(run.send({ ...answered, ref: "stray" })[0]).toBe("error bad-state stray");
});

test("[NG17] an error about an offer that had to wait has its ref, not that of a later message", () => {
  const run = runInto(["needed", "created", "answered"]);
  run.send({ ...offered, ref: "waiting" }, applied);
  expect(run.state).toBe("stable.applyingOffer");
  expect(run.send({ ...rolledBack, ref: "later" }, refused)[0]).toBe("error bad-sdp waiting");
});

test("[NG17] an error about an answer that had to wait has its ref", () => {
  const run = runInto(["needed", "created", "pranswered", "answered", "applied"]);
  expect(run.send(refused)[0]).toBe("error bad-sdp 2");
});

test("[NG17] an error about a message without ref has none, nor has one about a step of this side's own", () => {
  const run = runNegotiation();
  run.send(offered, applied, accepted, created);
  expect(run.send({ type: "remote.answered", sdp: "", ref: undefined })[0]).toBe("error bad-state");
  run.send(needed, created);
  expect(run.wait(timeouts.answerTimeoutMs)[0]).toBe("error negotiation-timeout");
  expect(run.send(refused)[0]).toBe("error bad-sdp");
});

test("[NG17] an answer that could not be used is not what the end of the wait for another one is about", () => {
  const run = runInto(["needed", "created", "answered", "refused"]);
  expect(run.wait(timeouts.answerTimeoutMs)[0]).toBe("error negotiation-timeout");
});

const refusable: readonly (readonly [string, readonly Sample[], string])[] = [
  ["an offer", ["offered"], "stable.settled"],
  ["an answer", ["needed", "created", "answered"], "have-local-offer.awaitingAnswer"],
  ["a provisional answer", ["needed", "created", "pranswered"], "have-local-offer.awaitingAnswer"],
  [
    "a second provisional answer",
    waysTo["have-remote-pranswer.applyingPranswer"],
    "have-remote-pranswer.awaitingAnswer",
  ],
];

test.each(refusable)("[NG18] %s that the engine refuses leaves everything as it was before it", (_, way, state) => {
  const run = runInto(way);
  expect(run.send(refused)).toEqual(expect.arrayContaining([expect.stringMatching(/^error bad-sdp \d$/)]));
  expect(run.state).toBe(state);
});

test.each(refusable)("[NG18] %s that leaves the engine half changed ends the negotiation", (_, way) => {
  const run = runInto(way);
  expect(run.send(tainted).at(-1)).toBe("tell negotiation.failed peer-crashed");
  expect(run.state).toBe("failed");
});

test("[NG19] the peer is told of an offer that was refused, unless a newer one waits", () => {
  expect(runInto(["offered"]).send(refused)).toContain("tell offer.refused");
  const run = runInto(["offered"]);
  expect(run.send({ type: "remote.offered", sdp: "good" }, refused)).toEqual(["error bad-sdp 1", "apply offer good"]);
});

test("[NG20] the peer is told of every description that came to nothing, for the candidates that wait for it", () => {
  expect(runInto(["offered"]).send(refused)).toContain("tell remote.dismissed");
  expect(runInto([]).send(answered)).toContain("tell remote.dismissed");
  expect(runInto(["needed", "created", "answered"]).send(refused)).toContain("tell remote.dismissed");
  expect(runInto([]).send(rolledBack)).not.toContain("tell remote.dismissed");
});
