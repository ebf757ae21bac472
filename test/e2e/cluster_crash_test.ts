import { expect, onTestFinished } from "vitest";
import { clusterTest as test } from "../kit/cluster_e2e.ts";
import { startFront } from "../kit/start_front.ts";

test("[XC1] people whose node is killed go on at another one, under their ids, and nobody sees them leave", async ({
  enter,
  startClusterNode,
}) => {
  const [lost, other] = [await startClusterNode(), await startClusterNode()] as const;
  const front = await startFront([lost.wsUrl, other.wsUrl]);
  onTestFinished(() => front.close());
  const first = await enter({ room: { url: front.wsUrl, name: "Ada", metadata: { hat: "red" } } });
  const second = await enter({ room: { url: other.wsUrl, name: "Grace" } });
  const third = await enter({ room: { url: other.wsUrl } });
  await first.sees(second);
  await second.sees(first);
  await first.call("mute", "microphone");
  await second.call("mutedIs", first.id, "microphone", true);
  await lost.stop("SIGKILL");
  await first.call("saw", "state-changed", 4);
  await first.call("stateIs", "joined");
  expect(await first.call("id")).toBe(first.id);
  await first.call("mediaIs", "connected");
  await second.sees(first);
  await first.sees(second);
  await third.sees(first);
  await second.hears(third);
  await second.call("mutedIs", first.id, "microphone", true);
  await first.call("unmute", "microphone");
  await second.hears(first);
  expect(await second.peers()).toMatchObject([
    { id: first.id, name: "Ada", metadata: { hat: "red" }, state: "connected" },
    { id: third.id },
  ]);
  for (const guest of [first, second, third]) {
    expect(await guest.call("countOf", "peer-left")).toBe(0);
    expect(await guest.call("countOf", "peer-joined")).toBeLessThanOrEqual(2);
  }
});
