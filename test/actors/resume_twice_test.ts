import { expect, test } from "vitest";
import type { ServerMessage } from "../../protocol/server_message.ts";
import { eventually } from "../kit/eventually.ts";
import { startCluster, tokenOf } from "./start_cluster.ts";
import type { FakeClient } from "./start_supervisor.ts";

/** How a client's request to resume is answered. */
const answerTo = (client: FakeClient) =>
  client.received.next((message) => message.type === "resumed" || message.type === "error", {
    what: `an answer to ${client.id}`,
  });

test("[RC22] a client that was sent to another node and did not hear that it is there may say so again", async () => {
  const { home, edge, ada, bob } = await startCluster();
  void home.supervisor.moveAll({ deadlineMs: 10_000, spreadMs: 0 });
  const { resume: token } = (await ada.next("migrate")) as Extract<ServerMessage, { type: "migrate" }>;
  const moved = edge.openClient();
  moved.say({ type: "resume", token });
  await moved.next("resumed");
  moved.end(1006);
  const again = edge.openClient();
  again.say({ type: "resume", token, ref: 2 });
  expect(await answerTo(again)).toMatchObject({ type: "resumed", fresh: false, peer: ada.id, ref: 2 });
  again.say({ type: "data", payload: "here" });
  expect(await bob.next("data")).toMatchObject({ from: ada.id, payload: "here" });
});

test("[RC22] a client that comes back while its session is being taken up for an older socket has it", async () => {
  const { home, edge, ada } = await startCluster();
  const token = tokenOf(ada);
  // Its process ends without a word: the other nodes wait a second for what it has to say.
  await home.cluster.bus.close();
  const [older, newer] = [edge.openClient(), edge.openClient()];
  older.say({ type: "resume", token, ref: 1 });
  await eventually(() => edge.log.entries.some(({ event }) => event === "session taken up"), {
    what: "the session to be taken up",
  });
  newer.say({ type: "resume", token, ref: 2 });
  expect(await answerTo(newer)).toMatchObject({ type: "resumed", peer: ada.id, ref: 2 });
  expect(await older.next("closed")).toMatchObject({ code: 4409 });
});
