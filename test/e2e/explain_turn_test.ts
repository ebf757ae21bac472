import { expect, onTestFinished } from "vitest";
import { e2e as test } from "../kit/e2e.ts";
import { explained } from "../kit/explained.ts";
import { freePort } from "../kit/free_port.ts";
import { openRawClient } from "../kit/raw_client.ts";
import { startNode } from "../kit/start_node.ts";
import { connect, openTroubledClient } from "../kit/troubled_client.ts";
import { startTurnServer } from "../kit/turn_server.ts";

async function start(server: object) {
  const flags = [
    "--connecting-timeout-ms",
    "8000",
    "--relay-candidates",
    "on",
    "--ice-servers",
    JSON.stringify([server]),
  ];
  const node = await startNode({ flags });
  onTestFinished(async () => void (await node.stop()));
  return node;
}

test("[XP14, XP16] a TURN server that refuses the node's password is told of, and only as a note where the connection works", async () => {
  const { url: urls } = await startTurnServer({ users: { signalbox: "a-long-password" } });
  const node = await start({ urls, username: "signalbox", credential: "another-password" });
  const client = await openRawClient(node.wsUrl);
  await client.connect();
  const explanation = await explained(node, client.peer, ({ state }) => state === "failed");
  expect(explanation).toMatchObject({ cause: "turn-refused", isWell: false });
  expect(JSON.stringify(explanation)).not.toMatch(/-password/);
  const said = node.log.seen.filter(({ event }) => event === "no relay from a TURN server");
  expect(said).toMatchObject([{ level: "warn", url: urls, reason: expect.stringMatching(/^refused the node \(401/) }]);
  expect(JSON.stringify(said)).not.toMatch(/-password/);

  const well = await openTroubledClient(node.wsUrl);
  await connect(well);
  const found = await explained(node, well.peer, ({ others }) => others.length > 0);
  expect(found).toMatchObject({ cause: "connected", isWell: true, others: [{ cause: "turn-refused" }] });
});

test("[XP15] a TURN server that is not there is told of", async () => {
  const node = await start({
    urls: `turn:127.0.0.1:${await freePort()}?transport=tcp`,
    username: "u",
    credential: "c",
  });
  const client = await openRawClient(node.wsUrl);
  await client.connect();
  expect(await explained(node, client.peer, ({ state }) => state === "failed")).toMatchObject({
    cause: "turn-unreachable",
  });
});

test("[XP14] with the right password nothing is said of the TURN server", async () => {
  const { url: urls } = await startTurnServer({ users: { signalbox: "a-long-password" } });
  const node = await start({ urls, username: "signalbox", credential: "a-long-password" });
  const client = await openRawClient(node.wsUrl);
  await client.connect();
  const explanation = await explained(node, client.peer, ({ state }) => state === "failed");
  expect(explanation.cause).toBe("udp-blocked");
  expect(explanation.others.map(({ cause }) => cause)).toEqual([]);
});
