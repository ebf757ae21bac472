import { expect, test } from "vitest";
import type { ServerMessage } from "../../../protocol/server_message.ts";
import { LocalHub } from "../../../transport/bus/local_hub.ts";
import { eventually } from "../../kit/eventually.ts";
import { tokenOf } from "../start_cluster.ts";
import { startSupervisor } from "../start_supervisor.ts";
import { startRecorded } from "./recorded_client.ts";

/** Ada is in a room of a node whose record nobody will have; the other node is explained. */
async function startTwo() {
  const hub = new LocalHub();
  const home = startSupervisor({ hub, node: "a-" });
  const edge = startRecorded({ hub, node: "b-" });
  await eventually(() => edge.cluster.nodes.has("a-"), { what: "the nodes to know each other" });
  const ada = home.openClient();
  await ada.join();
  const comeBack = async (token: string): Promise<void> => {
    const client = edge.openClient();
    client.say({ type: "resume", token });
    expect(await client.next("resumed")).toMatchObject({ fresh: true });
    await client.connect();
  };
  return { home, edge, ada, comeBack };
}

test("[XP56] a client that was sent on by a node that is gone with its record has moved", async () => {
  const { home, edge, ada, comeBack } = await startTwo();
  void home.supervisor.moveAll({ deadlineMs: 10_000, spreadMs: 0 });
  const migrate = (await ada.next("migrate")) as Extract<ServerMessage, { type: "migrate" }>;
  await comeBack(migrate.resume);
  const { isWell, others } = edge.explain(ada.id);
  expect(isWell).toBe(true);
  expect(others).toMatchObject([{ cause: "moved", remedy: "", summary: expect.stringContaining("migrate") }]);
});

test("[XP56] a client that was away while its node stopped in order has moved", async () => {
  const { home, edge, ada, comeBack } = await startTwo();
  ada.end(1006);
  home.cluster.nodes.stop();
  await home.cluster.bus.close();
  await eventually(() => !edge.cluster.nodes.has("a-"), { what: "the last word to be heard" });
  await comeBack(tokenOf(ada));
  const { isWell, others } = edge.explain(ada.id);
  expect(isWell).toBe(true);
  expect(others).toMatchObject([{ cause: "moved", summary: expect.stringContaining("stopped in order") }]);
});

test("[XP55] a client whose node is gone without a word is told of as that, as a note once it is connected", async () => {
  const { home, edge, ada, comeBack } = await startTwo();
  await home.cluster.bus.close();
  edge.cluster.pass(8_000);
  await comeBack(tokenOf(ada));
  expect(edge.explain(ada.id).others).toMatchObject([{ cause: "node-lost" }]);
});
