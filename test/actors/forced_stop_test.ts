import { expect, test } from "vitest";
import { LocalHub } from "../../transport/bus/local_hub.ts";
import { eventually } from "../kit/eventually.ts";
import { tokenOf } from "./start_cluster.ts";
import { startSupervisor } from "./start_supervisor.ts";

/** Ada and Eve are in a room on one node, Bob on a second one; the third one knows nothing of the room. */
async function startThree() {
  const hub = new LocalHub();
  const [home, other, third] = ["a-", "b-", "c-"].map((node) => startSupervisor({ node, hub })) as [
    ReturnType<typeof startSupervisor>,
    ReturnType<typeof startSupervisor>,
    ReturnType<typeof startSupervisor>,
  ];
  await eventually(() => [home, other, third].every(({ cluster }) => [...cluster.nodes.nodes].length === 2), {
    what: "the nodes to know each other",
  });
  const [ada, eve, bob] = [home.openClient(), home.openClient(), other.openClient()];
  await ada.join("atrium", { name: "Ada", metadata: { color: "red" } });
  await bob.join("atrium", { name: "Bob" });
  await eve.join("atrium", { name: "Eve" });
  await bob.received.next((message) => message.type === "peer-joined" && message.peer.name === "Eve");
  for (const client of [ada, eve, bob]) client.take();
  const stop = async (): Promise<void> => {
    home.supervisor.stopAnswering();
    await home.supervisor.closeAll(1012, "shutting-down");
    home.supervisor.leaveCluster();
    home.rooms.stop();
    home.cluster.nodes.stop();
  };
  return { home, other, third, ada, eve, bob, stop };
}

test.each(["other", "third"] as const)(
  "[XC13] who is put off by a node that ends is away, and back when it comes to the %s node",
  async (where) => {
    const nodes = await startThree();
    const { ada, eve, bob, stop } = nodes;
    await stop();
    // Those that are put off together hear nothing of each other.
    for (const client of [ada, eve]) expect(client.take().map(({ type }) => type)).toEqual(["error", "closed"]);
    const back = nodes[where].openClient();
    back.say({ type: "resume", token: tokenOf(ada) });
    expect(await back.next("resumed")).toMatchObject({ fresh: true, peer: ada.id, metadata: { color: "red" } });
    await bob.received.next(
      (message) => message.type === "peer-updated" && message.peer.id === ada.id && message.peer.state === "connected",
    );
    expect(bob.take()).toMatchObject([
      { type: "peer-updated", peer: { id: ada.id, state: "reconnecting" } },
      { type: "peer-updated", peer: { id: eve.id, state: "reconnecting" } },
      { type: "peer-updated", peer: { id: ada.id, state: "connected", name: "Ada", metadata: { color: "red" } } },
    ]);
  },
);

test("[XC13] where crashes end the sessions of a node that goes on they have left", async () => {
  const { home, bob, ada } = await startThree();
  await home.supervisor.closeAll(1012, "shutting-down");
  expect(await bob.next("peer-left")).toEqual({ type: "peer-left", peer: ada.id, reason: "node-lost" });
  const back = home.openClient();
  back.say({ type: "resume", token: tokenOf(ada) });
  expect(await back.next("error")).toMatchObject({ code: "session-gone" });
});
