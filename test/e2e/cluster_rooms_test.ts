import { expect } from "vitest";
import { clusterTest as test } from "../kit/cluster_e2e.ts";

test("[XR1] people on two nodes see and hear each other, as on one", async ({ enter, startClusterNode }) => {
  const nodes = [await startClusterNode(), await startClusterNode()] as const;
  const first = await enter({ room: { url: nodes[0].wsUrl, name: "Ada", metadata: { hat: "red" } } });
  const second = await enter({ room: { url: nodes[1].wsUrl, name: "Grace" } });
  await first.sees(second);
  await second.sees(first);
  await first.hears(second);
  await second.hears(first);
  expect(await second.peers()).toMatchObject([{ id: first.id, name: "Ada", metadata: { hat: "red" } }]);
  await first.call("mute", "microphone");
  await second.call("mutedIs", first.id, "microphone", true);
});
