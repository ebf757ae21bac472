import { expect, test } from "vitest";
import { connectingTakesMs, IceRecovery, restartAfterMs, restartTakesMs } from "../../../web/client/ice_recovery.ts";
import { FakePlatform } from "./fake_platform.ts";

function recover() {
  const platform = new FakePlatform();
  const log: string[] = [];
  const server = { isReachable: true };
  const recovery = new IceRecovery(platform, {
    isReachable: () => server.isReachable,
    restart: () => log.push("restart"),
    broke: ({ code, message }) => log.push(`${code} ${message}`),
  });
  return { platform, recovery, log, server };
}

test("[CL68] a short interruption is waited out, a longer one restarts ICE", async () => {
  const { platform, recovery, log } = recover();
  recovery.stateChanged("disconnected");
  await platform.pass(restartAfterMs - 1);
  recovery.stateChanged("connected");
  await platform.pass(60_000);
  expect(log).toEqual([]);
  recovery.stateChanged("disconnected");
  await platform.pass(restartAfterMs);
  expect(log).toEqual(["restart"]);
  recovery.stateChanged("connecting");
  recovery.stateChanged("connected");
  await platform.pass(60_000);
  expect(log).toEqual(["restart"]);
});

test("[CL68] a failure restarts ICE at once, and a restart that does not help ends in a new connection", async () => {
  const { platform, recovery, log } = recover();
  recovery.stateChanged("failed");
  expect(log).toEqual(["restart"]);
  recovery.stateChanged("connecting");
  recovery.stateChanged("failed");
  await platform.pass(restartTakesMs);
  expect(log).toEqual([
    "restart",
    "media-failed Cannot keep the media connection: an ICE restart did not help. It begins again by itself. Where it never works, a firewall is in the way: a TURN server helps.",
  ]);
});

test("[CL68] an interruption on the way of a restart is part of it: its time runs on, and there is no second one", async () => {
  const { platform, recovery, log } = recover();
  recovery.stateChanged("failed");
  await platform.pass(restartTakesMs - 1_000);
  recovery.stateChanged("disconnected");
  await platform.pass(1_000);
  expect(log.map((line) => line.split(" ")[0])).toEqual(["restart", "media-failed"]);
  await platform.pass(60_000);
  expect(log).toHaveLength(2);
});

test("[CL68] a connection that never works, or that the server closed, is replaced", async () => {
  const { platform, recovery, log } = recover();
  recovery.stateChanged("connecting");
  await platform.pass(connectingTakesMs);
  recovery.stateChanged("closed");
  expect(log.map((line) => line.split(". ")[0])).toEqual([
    "media-failed Cannot keep the media connection: no candidate pair works",
    "media-failed Cannot keep the media connection: the server closed it",
  ]);
});

test.each([
  ["a restart", "failed", restartTakesMs],
  ["a first attempt", "connecting", connectingTakesMs],
] as const)(
  "[CL73] %s whose time is over while the server cannot be asked is no failure of the media",
  async (_, state, ms) => {
    const { platform, recovery, log, server } = recover();
    recovery.stateChanged(state);
    server.isReachable = false;
    await platform.pass(ms * 2);
    server.isReachable = true;
    await platform.pass(ms * 2);
    expect(log.filter((line) => line !== "restart")).toEqual([]);
  },
);

test("[CL73] with the server back, what was begun before is forgotten, and what is broken now has all its time", async () => {
  const { platform, recovery, log } = recover();
  recovery.stateChanged("failed");
  await platform.pass(restartTakesMs - 1);
  recovery.renew("connected", false);
  await platform.pass(60_000);
  expect(log).toEqual(["restart"]);
  recovery.stateChanged("failed");
  await platform.pass(restartTakesMs - 1);
  recovery.renew("failed", false);
  await platform.pass(restartTakesMs - 1);
  expect(log).toEqual(["restart", "restart", "restart"]);
  await platform.pass(1);
  expect(log.at(-1)).toContain("media-failed");
});

test.each([
  ["connected", false, 0],
  ["connecting", false, 0],
  ["disconnected", false, 1],
  ["failed", false, 1],
  ["connected", true, 1],
  ["connecting", true, 1],
  ["disconnected", true, 1],
] as const)(
  "[CL105] with the server back, one that is %s (on another network: %s) is restarted at once %d times",
  async (state, isNetworkNew, restarts) => {
    const { platform, recovery, log } = recover();
    recovery.stateChanged("disconnected");
    recovery.renew(state, isNetworkNew);
    expect(log).toEqual(Array(restarts).fill("restart"));
    await platform.pass(restartAfterMs);
    expect(log).toHaveLength(restarts);
  },
);

test("[CL106] a restart on another network that does not help ends in a new connection", async () => {
  const { platform, recovery, log } = recover();
  recovery.stateChanged("connected");
  recovery.renew("connected", true);
  await platform.pass(5_000);
  recovery.stateChanged("disconnected");
  await platform.pass(restartTakesMs - 5_001);
  expect(log).toEqual(["restart"]);
  await platform.pass(1);
  expect(log.at(-1)).toContain("media-failed Cannot keep the media connection: an ICE restart did not help");
});

test("[CL106] one that was connected all the time is kept, and what befalls it later is waited out and mended as ever", async () => {
  const { platform, recovery, log } = recover();
  recovery.stateChanged("connected");
  recovery.renew("connected", true);
  await platform.pass(60_000);
  expect(log).toEqual(["restart"]);
  recovery.stateChanged("disconnected");
  await platform.pass(restartAfterMs);
  expect(log).toEqual(["restart", "restart"]);
  await platform.pass(restartTakesMs);
  expect(log.at(-1)).toContain("media-failed");
});
