import { expect, test } from "vitest";
import { connectingTakesMs, IceRecovery, restartAfterMs, restartTakesMs } from "../../../web/client/ice_recovery.ts";
import { FakePlatform } from "./fake_platform.ts";

function recover() {
  const platform = new FakePlatform();
  const log: string[] = [];
  const recovery = new IceRecovery(platform, {
    restart: () => log.push("restart"),
    broke: ({ code, message }) => log.push(`${code} ${message}`),
  });
  return { platform, recovery, log };
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
    "media-failed Cannot keep the media connection: an ICE restart did not help. Nothing gets through to the server's media port. A TURN server helps where UDP is blocked.",
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
