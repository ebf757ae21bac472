import { expect, test } from "vitest";
import {
  connecting,
  consentExpired,
  described,
  dtlsConnected,
  dtlsFailed,
  heard,
  iceConnected,
  iceFailed,
  runConnectivity,
  silent,
  timeouts,
} from "./run_connectivity.ts";

const iceFails = ["tell ice.moved failed", "error ice-failed"];

test("[CN3] a failure that the engine sees while ICE is checking is not believed: a check may still come", () => {
  const run = runConnectivity(described("u"));
  expect(run.send(iceFailed)).toEqual([]);
  expect(run.send(iceConnected)).toContain("tell ice.moved connected");
});

test("[CN3] ICE fails when no candidate pair works in time", () => {
  const run = runConnectivity(described("u"), iceFailed);
  expect(run.wait(timeouts.connectingTimeoutMs - 1)).toEqual([]);
  expect(run.ice).toBe("checking");
  expect(run.wait(1).sort()).toEqual(iceFails.toSorted());
  expect(run.ice).toBe("failed");
});

test("[CN4] an ICE restart has the whole time again, whatever ICE was doing", () => {
  const run = runConnectivity(described("u"));
  run.wait(timeouts.connectingTimeoutMs - 1);
  run.send(described("v"));
  expect(run.wait(timeouts.connectingTimeoutMs - 1)).toEqual([]);
  expect(run.wait(1).sort()).toEqual(iceFails.toSorted());
});

test("[CN4] a description of the same ICE generation changes nothing, not even the time", () => {
  const run = runConnectivity(...connecting);
  expect(run.send(described("u"))).toEqual([]);
  expect(run.ice).toBe("connected");
  const checking = runConnectivity(described("u"));
  checking.wait(timeouts.connectingTimeoutMs - 1);
  checking.send(described("u"));
  expect(checking.wait(1).sort()).toEqual(iceFails.toSorted());
});

test("[CN4] one new user fragment among known ones is a new generation, a missing one is none", () => {
  const run = runConnectivity(described("u", "v"), iceConnected);
  run.send(described("u"));
  expect(run.ice).toBe("connected");
  run.send(described("u", "w"));
  expect(run.ice).toBe("checking");
});

test("[CN5] silence makes a connection disconnected, and anything that comes makes it connected again", () => {
  const run = runConnectivity(...connecting);
  expect(run.send(silent)).toEqual(["tell ice.moved disconnected"]);
  expect(run.send(heard)).toEqual(["tell ice.moved connected"]);
  expect(run.wait(86_400_000)).toEqual([]);
});

test("[CN5] a failure that the engine sees on a connection makes it disconnected, not failed", () => {
  const run = runConnectivity(...connecting);
  expect(run.send(iceFailed)).toEqual(["tell ice.moved disconnected"]);
  expect(run.send(iceConnected)).toEqual(["tell ice.moved connected"]);
});

test("[CN17] a connection that may not be sent to any more has failed, and an ICE restart brings it back", () => {
  const run = runConnectivity(...connecting);
  expect(run.send(consentExpired).sort()).toEqual(iceFails.toSorted());
  expect(run.send(heard)).toEqual([]);
  expect(run.send(described("v"), consentExpired)).toEqual(["tell ice.moved checking"]);
  expect(run.send(iceConnected)).toEqual(["tell ice.moved connected"]);
});

test("[CN6] an ICE restart is asked for once when a connection is disconnected for restartTimeoutMs", () => {
  const run = runConnectivity(...connecting, silent);
  expect(run.wait(timeouts.restartTimeoutMs - 1)).toEqual([]);
  expect(run.wait(1)).toEqual(["tell iceRestart.needed"]);
  expect(run.wait(timeouts.disconnectedTimeoutMs - timeouts.restartTimeoutMs - 1)).toEqual([]);
});

test("[CN6] a connection that is disconnected for disconnectedTimeoutMs fails", () => {
  const run = runConnectivity(...connecting, silent);
  run.wait(timeouts.disconnectedTimeoutMs - 1);
  expect(run.ice).toBe("disconnected");
  expect(run.wait(1).sort()).toEqual(iceFails.toSorted());
});

test("[CN6] each silence has the whole time again", () => {
  const run = runConnectivity(...connecting, silent);
  run.wait(timeouts.restartTimeoutMs - 1);
  run.send(heard, silent);
  expect(run.wait(timeouts.restartTimeoutMs - 1)).toEqual([]);
  expect(run.wait(1)).toEqual(["tell iceRestart.needed"]);
});

test("[CN6] the ICE restart that was asked for brings a connection back", () => {
  const run = runConnectivity(...connecting, silent);
  run.wait(timeouts.restartTimeoutMs);
  expect(run.send(described("v"), iceConnected)).toEqual(["tell ice.moved checking", "tell ice.moved connected"]);
  expect(run.wait(86_400_000)).toEqual([]);
});

const intoFailed = (): ReturnType<typeof runConnectivity> => {
  const run = runConnectivity(...connecting, silent);
  run.wait(timeouts.disconnectedTimeoutMs);
  expect(run.ice).toBe("failed");
  return run;
};

test("[CN7] a failed connection is given up after failedTimeoutMs", () => {
  const run = intoFailed();
  expect(run.wait(timeouts.failedTimeoutMs - 1)).toEqual([]);
  expect(run.wait(1)).toEqual(["tell connectivity.failed ice-failed"]);
});

test("[CN7] a failed connection comes back by an ICE restart of the client", () => {
  const run = intoFailed();
  run.wait(timeouts.failedTimeoutMs - 1);
  expect(run.send(described("v"), iceConnected)).toEqual(["tell ice.moved checking", "tell ice.moved connected"]);
  expect(run.wait(86_400_000)).toEqual([]);
});

test("[CN7] a failed connection comes back when a candidate pair works after all", () => {
  const run = intoFailed();
  expect(run.send(iceConnected)).toEqual(["tell ice.moved connected"]);
  expect(run.wait(86_400_000)).toEqual([]);
});

test("[CN7] a failed connection does not come back by a mere description or a packet", () => {
  const run = intoFailed();
  expect(run.send(described("u"), heard)).toEqual([]);
  expect(run.ice).toBe("failed");
});

const dtlsFails = ["error dtls-failed", "tell connectivity.failed dtls-failed", "tell dtls.moved failed"];

test("[CN8] DTLS fails when it is not connected in time, counted from the first working candidate pair", () => {
  const run = runConnectivity(described("u"));
  run.wait(timeouts.connectingTimeoutMs - 1);
  run.send(iceConnected);
  expect(run.wait(timeouts.dtlsTimeoutMs - 1)).toEqual([]);
  expect(run.wait(1).sort()).toEqual(dtlsFails);
});

test("[CN8] a DTLS failure is told with its code and is final", () => {
  const run = runConnectivity(...connecting);
  expect(run.send(dtlsFailed).sort()).toEqual(dtlsFails);
  expect(run.send(dtlsConnected)).toEqual([]);
});

test("[CN8] an ICE restart leaves DTLS alone", () => {
  const run = runConnectivity(...connecting);
  run.send(described("v"), iceConnected);
  expect(run.dtls).toBe("connected");
  expect(run.wait(86_400_000)).toEqual([]);
});

const gathering = { type: "gathering.changed", state: "gathering" } as const;
const gathered = { type: "gathering.changed", state: "complete" } as const;

test("[CN9] gathering is complete when the engine says so, or after gatheringTimeoutMs", () => {
  expect(runConnectivity(gathering, gathered).gathering).toBe("complete");
  expect(runConnectivity(gathered).gathering).toBe("complete");
  const run = runConnectivity(gathering);
  run.wait(timeouts.gatheringTimeoutMs - 1);
  expect(run.gathering).toBe("gathering");
  run.wait(1);
  expect(run.gathering).toBe("complete");
});

test("[CN9] an ICE restart gathers again", () => {
  expect(runConnectivity(gathering, gathered, gathering).gathering).toBe("gathering");
});

test("[CN9] what is gathered is sent in order, whatever the state, and its end too", () => {
  const run = runConnectivity(gathering);
  run.wait(timeouts.gatheringTimeoutMs);
  const send = (name: string) => ({ type: "candidate.gathered", candidate: { candidate: name } }) as const;
  expect(run.send(send("a"), send("b"), { type: "candidate.gathered", candidate: null })).toEqual([
    "send a",
    "send b",
    "send end",
  ]);
});
