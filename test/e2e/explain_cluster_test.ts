import { expect, onTestFinished } from "vitest";
import { clusterFlags } from "../kit/cluster_flags.ts";
import { e2e as test } from "../kit/e2e.ts";
import { explained } from "../kit/explained.ts";
import { startNatsServer } from "../kit/nats_server.ts";
import { openSignallingSocket } from "../kit/signalling_socket.ts";
import { type RunningNode, startNode } from "../kit/start_node.ts";
import { connect, openTroubledClient } from "../kit/troubled_client.ts";

/** Two nodes of one cluster that know each other. */
async function startTwo(): Promise<readonly [RunningNode, RunningNode]> {
  const nats = await startNatsServer();
  onTestFinished(() => nats.kill());
  const start = async (name: string) => {
    const flags = [
      ...clusterFlags(nats.url, "explain"),
      "--node-id",
      name,
      "--node-timeout-ms",
      "3000",
      "--resume-timeout-ms",
      "5000",
    ];
    const node = await startNode({ flags, timeoutMs: 60_000 });
    onTestFinished(async () => void (await node.stop("SIGKILL")));
    return node;
  };
  const nodes = await Promise.all([start("one"), start("two")]);
  for (const node of nodes) await node.log.next(({ event }) => event === "node seen", { timeoutMs: 30_000 });
  return [nodes[0], nodes[1]];
}

test("[XP60] any node explains a client of another one", async () => {
  const [one, two] = await startTwo();
  const client = await openTroubledClient(one.wsUrl);
  await connect(client);
  const explanation = await explained(two, client.peer, ({ state }) => state === "connected");
  expect(explanation).toMatchObject({ nodes: ["one"], isWell: true, cause: "connected" });
});

test("[XP54] a client that was sent to another node is well", async () => {
  const [one, two] = await startTwo();
  const client = await openTroubledClient(one.wsUrl);
  await connect(client);
  const stopped = one.stop("SIGTERM", 60_000);
  const migrate = await client.socket.next("migrate");
  const next = await openSignallingSocket(two.wsUrl);
  onTestFinished(() => next.close());
  await next.ask({ type: "resume", token: migrate["resume"] });
  const moving = await explained(two, client.peer);
  expect(moving).toMatchObject({ isWell: true, room: "atrium" });
  await client.close();
  await stopped;
});

test("[XP55] a client whose node died, and that does not come back, is told of by those that miss it", async () => {
  const [one, two] = await startTwo();
  const [client, other] = [await openSignallingSocket(one.wsUrl), await openSignallingSocket(two.wsUrl)];
  onTestFinished(async () => void (await Promise.all([client.close(), other.close()])));
  const joined = await client.ask({ type: "join", room: "atrium", name: "Ada" });
  await other.ask({ type: "join", room: "atrium" });
  await one.stop("SIGKILL");
  const missed = await explained(two, String(joined["peer"]));
  expect(missed).toMatchObject({ cause: "node-lost", isWell: false, state: "disconnected", room: "atrium" });
  expect(missed.summary).toContain("Ada has not come back by another one yet");
  const gone = await explained(two, String(joined["peer"]), ({ state }) => state === "closed");
  expect(gone).toMatchObject({ cause: "node-lost", waitedFor: [{ isOver: true }] });
});

test("[XP55] a client whose node died is told of at the node that it came back to", async () => {
  const [one, two] = await startTwo();
  const client = await openSignallingSocket(one.wsUrl);
  onTestFinished(() => client.close());
  client.send({ type: "join", room: "atrium" });
  const { peer, resume } = await client.next("joined");
  await one.stop("SIGKILL");
  const next = await openSignallingSocket(two.wsUrl);
  onTestFinished(() => next.close());
  expect(await next.ask({ type: "resume", token: resume }, { timeoutMs: 20_000 })).toMatchObject({
    type: "resumed",
    fresh: true,
  });
  const explanation = await explained(two, String(peer), ({ isWell }) => !isWell);
  expect(explanation).toMatchObject({ cause: "node-lost", nodes: ["two"] });
});
