import { expect, test } from "vitest";
import type { ServerMessage } from "../../protocol/server_message.ts";
import { eventually } from "../kit/eventually.ts";
import { startCluster } from "./start_cluster.ts";

test("[XC11] a client that goes on elsewhere may close its old socket in order, and keeps its media there for a moment", async () => {
  const { home, edge, ada, bob } = await startCluster();
  await ada.connect();
  void home.supervisor.moveAll({ deadlineMs: 10_000, spreadMs: 0 });
  const migrate = (await ada.next("migrate")) as Extract<ServerMessage, { type: "migrate" }>;
  const moved = edge.openClient();
  moved.say({ type: "resume", token: migrate.resume });
  expect(await moved.next("resumed")).toMatchObject({ fresh: true, peer: ada.id });
  ada.end(1000);
  await eventually(() => home.log.entries.some(({ event }) => event === "socket closed"), {
    what: "the socket to close",
  });
  expect(home.supervisor.peerCount).toBe(1);
  expect(ada.take().map(({ type }) => type)).not.toContain("peer-left");
  moved.say({ type: "data", payload: "I am here" });
  expect(await bob.next("data")).toMatchObject({ from: ada.id, payload: "I am here" });
  expect(bob.take().map(({ type }) => type)).not.toContain("peer-left");
});
