import { expect, test } from "vitest";
import { runInto, runNegotiation, samples } from "./run_negotiation.ts";

const { offered, answered, pranswered, rolledBack, needed, restart, accepted, requested, applied, created, undone } =
  samples;
const newer = { type: "remote.offered", sdp: "newer", ref: 9 } as const;
const awaitingAnswer = ["needed", "created"] as const;

test("[NG7] the polite side rolls back its own offer when the other's comes, and makes it again afterwards", () => {
  const run = runInto(awaitingAnswer, { isPolite: true });
  expect(run.send(offered)).toEqual(["roll back local"]);
  expect(run.send(undone)).toEqual(["apply offer o"]);
  expect(run.send(applied, accepted)).toEqual(["ask", "tell remote.described u", "create answer"]);
  expect(run.send(created)).toEqual(["send offer own", "create offer"]);
});

test("[NG7] the polite side does not send an offer that it must roll back", () => {
  const run = runInto(["needed"], { isPolite: true });
  expect(run.send(offered)).toEqual([]);
  expect(run.send(created)).toEqual(["roll back local"]);
});

test("[NG7] the polite side yields too when the other's offer comes before an answer that cannot be used", () => {
  const run = runInto([...awaitingAnswer, "answered", "offered"], { isPolite: true });
  expect(run.send(samples.refused)).toEqual(["error bad-sdp 2", "roll back local", "tell remote.dismissed"]);
});

test("[NG8] the impolite side goes on with its own offer and forgets the other's when that is answered", () => {
  const run = runInto(awaitingAnswer);
  expect(run.send(offered)).toEqual([]);
  expect(run.send(answered)).toEqual(["apply answer a"]);
  expect(run.send(applied)).toEqual(["tell remote.described u"]);
  expect(run.state).toBe("stable.settled");
});

test("[NG8] a provisional answer makes the impolite side forget the other's offer as well", () => {
  const run = runInto([...awaitingAnswer, "offered", "pranswered", "applied", "answered"]);
  expect(run.send(applied)).toEqual(["tell remote.described u"]);
  expect(run.state).toBe("stable.settled");
});

test("[NG8] the impolite side takes up the losing offer when its own is never answered, and makes its own again", () => {
  const run = runInto([...awaitingAnswer, "offered"]);
  expect(run.wait(15_000)).toEqual(["error negotiation-timeout", "roll back local"]);
  expect(run.send(undone)).toEqual(["apply offer o"]);
  run.send(applied, accepted);
  expect(run.send(created)).toEqual(["send offer own", "create offer"]);
});

test("[NG8] the impolite side takes up an offer that comes after its own was taken back", () => {
  const run = runInto(awaitingAnswer);
  run.wait(15_000);
  expect(run.send(offered, undone)).toEqual(["apply offer o"]);
});

test("[NG9] of two offers before any answer the newer one counts, and the older one is not answered", () => {
  const run = runInto(["offered"]);
  expect(run.send(newer)).toEqual([]);
  expect(run.send(applied, accepted)).toEqual(["ask", "tell remote.described u", "create answer"]);
  expect(run.send(created)).toEqual(["apply offer newer"]);
  run.send(applied, accepted);
  expect(run.send(created)).toEqual(["send offer own"]);
});

test("[NG9] an offer that was not decided on is rolled back for a newer one", () => {
  const run = runInto(["offered", "applied"]);
  expect(run.send(newer)).toEqual(["roll back remote"]);
  expect(run.send(undone)).toEqual(["apply offer newer"]);
});

test("[NG9] of three offers the one in the middle is never seen", () => {
  const run = runInto(["offered"]);
  run.send({ ...newer, sdp: "middle" }, newer, applied, accepted);
  expect(run.send(created)).toEqual(["apply offer newer"]);
});

test("[NG9] a provisional answer to a superseded offer is not sent either", () => {
  const run = runInto(["offered", "applied", "requested"]);
  expect(run.send(newer, created)).toEqual([]);
  expect(run.send(requested)).toEqual(["create pranswer"]);
  expect(run.send(created, accepted)).toEqual(["create answer"]);
  expect(run.send(created)).toEqual(["apply offer newer"]);
});

test("[NG10] an offer that is taken back while it is being applied is rolled back then", () => {
  const run = runInto(["offered"]);
  expect(run.send(rolledBack)).toEqual([]);
  expect(run.send(applied)).toEqual(["roll back remote", "tell remote.described u"]);
  expect(run.send(undone)).toEqual([]);
  expect(run.state).toBe("stable.settled");
});

test("[NG10] an offer that comes after a rollback is taken like any other", () => {
  const run = runInto(["offered", "rolledBack"]);
  expect(run.send(newer, applied)).toEqual(["roll back remote", "tell remote.described u"]);
  expect(run.send(undone)).toEqual(["apply offer newer"]);
  expect(run.send(applied)).toEqual(["ask", "tell remote.described u"]);
});

test("[NG10] a rollback takes back the newer offer that waits together with the one that is undecided", () => {
  const run = runInto(["offered", "offered", "applied"]);
  expect(run.send(rolledBack)).toEqual(["roll back remote"]);
  expect(run.send(undone)).toEqual([]);
});

test("[NG10] an offer that waits is forgotten when it is taken back", () => {
  const run = runInto([...awaitingAnswer, "offered"]);
  expect(run.send(rolledBack)).toEqual(["tell remote.dismissed"]);
  run.wait(15_000);
  expect(run.send(undone)).toEqual([]);
  expect(run.state).toBe("stable.settled");
});

test("[NG11] an answer that comes while a provisional one is being applied is applied after it", () => {
  const run = runInto([...awaitingAnswer, "pranswered"]);
  expect(run.send(answered)).toEqual([]);
  expect(run.send(applied)).toEqual(["apply answer a", "tell remote.described u"]);
  expect(run.send(applied)).toEqual(["tell remote.described u"]);
  expect(run.state).toBe("stable.settled");
});

test("[NG11] the answer counts even if the provisional one could not be used", () => {
  const run = runInto([...awaitingAnswer, "pranswered", "answered"]);
  expect(run.send(samples.refused)).toEqual(["error bad-sdp 3", "apply answer a", "tell remote.dismissed"]);
});

test("[NG11] only the newest of several provisional answers waits, and nothing follows a final one", () => {
  const run = runInto(["needed", "created", "pranswered", "applied", "pranswered"]);
  expect(run.send({ ...pranswered, sdp: "p2" }, { ...pranswered, sdp: "p3" })).toEqual([]);
  expect(run.send(applied)).toEqual(["apply pranswer p3", "tell remote.described u"]);
  expect(run.send(answered)).toEqual([]);
  expect(run.send(pranswered)[0]).toBe("error bad-state 3");
  expect(run.send(answered)[0]).toBe("error bad-state 2");
  expect(run.send(applied)).toEqual(["apply answer a", "tell remote.described u"]);
});

test("[NG12] any number of changes during one negotiation is one more offer, made when it is over", () => {
  const run = runNegotiation();
  expect(run.send(offered, needed, applied, needed, needed, accepted).at(-1)).toBe("create answer");
  expect(run.send(created)).toEqual(["send offer own", "create offer"]);
  expect(run.send(created)).toEqual(["send offer own"]);
  expect(run.send(answered, applied).at(-1)).toBe("tell remote.described u");
  expect(run.state).toBe("stable.settled");
});

test("[NG12] an offer of the other side that waits goes before one of this side", () => {
  const run = runInto(["offered", "applied", "accepted"]);
  expect(run.send(needed, newer, created)).toEqual(["apply offer newer"]);
});

test("[NG13] the wish for an ICE restart survives the rollback of the offer that carried it", () => {
  const run = runNegotiation({ isPolite: true });
  expect(run.send(restart)).toEqual(["create offer restarting ICE"]);
  run.send(created, offered, undone, applied, accepted);
  expect(run.send(created)).toEqual(["send offer own", "create offer restarting ICE"]);
});

test("[NG13] the wish for an ICE restart survives an offer that is never answered", () => {
  const run = runNegotiation();
  run.send(restart, created);
  run.wait(15_000);
  expect(run.send(undone)).toEqual([]);
  expect(run.send(needed)).toEqual(["create offer restarting ICE"]);
});

test("[NG13] a wish for an ICE restart during a negotiation is heeded by the next offer, and by one only", () => {
  const run = runInto(awaitingAnswer);
  run.send(restart, answered);
  expect(run.send(applied)).toEqual(["create offer restarting ICE", "tell remote.described u"]);
  run.send(created, answered, applied);
  expect(run.send(needed)).toEqual(["create offer"]);
});
