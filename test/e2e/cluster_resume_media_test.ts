import { expect, onTestFinished } from "vitest";
import { clusterTest as test } from "../kit/cluster_e2e.ts";
import { startFront } from "../kit/start_front.ts";

test("[XC26] pictures and sound of somebody whose socket comes back by another node go on, while the first node lives", async ({
  enter,
  startClusterNode,
}) => {
  const nodes = await Promise.all([startClusterNode(), startClusterNode()]);
  const [home, other] = nodes.map(({ wsUrl }) => wsUrl) as [string, string];
  const front = await startFront([home]);
  onTestFinished(() => front.close());
  const first = await enter({ room: { url: front.wsUrl, name: "Ada" } });
  const second = await enter({ room: { url: other, name: "Grace" } });
  const guests = [first, second];
  const areTogether = async () => {
    await first.sees(second);
    await second.sees(first);
    await first.hears(second);
    await second.hears(first);
  };
  await areTogether();
  const connection = await first.call("usernameFragment");
  const eventsOf = async (name: string) => Promise.all(guests.map((guest) => guest.call<number>("countOf", name)));
  const [started, media] = [await eventsOf("track-started"), await eventsOf("media-state-changed")];
  for (const target of [other, home, other]) {
    // Nobody is let through, as long as is looked.
    front.targets = [];
    front.cut();
    await second.call("peerIs", first.id, "reconnecting");
    await areTogether();
    expect(await first.call("state")).not.toBe("joined");
    front.targets = [target];
    await first.call("stateIs", "joined");
    await second.call("peerIs", first.id, "connected");
    await areTogether();
  }
  expect(await first.call("usernameFragment")).toBe(connection);
  expect(await eventsOf("track-started")).toEqual(started);
  expect(await eventsOf("media-state-changed")).toEqual(media);
  for (const name of ["track-stopped", "track-unpublished", "peer-left"]) expect(await eventsOf(name)).toEqual([0, 0]);
});
