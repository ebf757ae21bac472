import { connect as connectTcp } from "node:net";
import { expect, onTestFinished } from "vitest";
import { e2e as test } from "../kit/e2e.ts";
import { eventually } from "../kit/eventually.ts";
import { explained } from "../kit/explained.ts";
import { openSignallingSocket } from "../kit/signalling_socket.ts";
import { startNode } from "../kit/start_node.ts";
import { startTcpProxy } from "../kit/start_tcp_proxy.ts";
import { connect, openTroubledClient } from "../kit/troubled_client.ts";

async function start(...flags: string[]) {
  const node = await startNode({ flags });
  onTestFinished(async () => void (await node.stop("SIGKILL")));
  return node;
}

test("[XP50] a client whose packets stop though its socket is open has lost its way; whose socket breaks as well is gone", async () => {
  const flags = ["--silence-timeout-ms", "1000", "--disconnected-timeout-ms", "1500", "--restart-timeout-ms", "60000"];
  const node = await start(...flags, "--resume-timeout-ms", "2000");
  const client = await openTroubledClient(node.wsUrl);
  await connect(client);
  for (const { connection } of client.pc.iceTransports) await connection.close();
  expect(await explained(node, client.peer, ({ state }) => state === "failed")).toMatchObject({
    cause: "consent-lost",
    isWell: false,
  });

  const proxy = await startTcpProxy(node.wsUrl);
  onTestFinished(() => proxy.close());
  const gone = await openTroubledClient(proxy.wsUrl);
  await connect(gone);
  for (const { connection } of gone.pc.iceTransports) await connection.close();
  proxy.cut();
  expect(await explained(node, gone.peer, ({ state }) => state === "closed")).toMatchObject({
    cause: "client-gone",
    isWell: false,
  });
});

test("[XP51] a client that does not read its socket is told of as slow", async () => {
  const node = await start("--slow-consumer-timeout-ms", "1000", "--max-messages-per-second", "1000");
  const { port } = new URL(node.url);
  const slow = connectTcp({ host: "127.0.0.1", port: Number(port) });
  onTestFinished(() => void slow.destroy());
  const key = Buffer.from("0123456789abcdef").toString("base64");
  slow.write(
    `GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  let received = "";
  slow.on("data", (data) => {
    received += data.toString("latin1");
  });
  const sees = (what: string, pattern: RegExp) =>
    eventually(() => pattern.exec(received), { what, describe: () => received });
  await sees("the handshake to end", /^HTTP\/1.1 101[\s\S]*\r\n\r\n/);
  slow.write(masked(JSON.stringify({ type: "join", room: "atrium" })));
  const [, peer = ""] = await sees("the id of the client", /"peer":"([^"]+)"/);
  slow.pause();
  const talker = await openSignallingSocket(node.wsUrl);
  onTestFinished(() => talker.close());
  talker.send({ type: "join", room: "atrium" });
  await talker.next("joined");
  const payload = "x".repeat(15_000);
  const explanation = await explained(node, peer, ({ cause }) => {
    for (let count = 0; count < 50; count += 1) talker.send({ type: "data", payload });
    return cause === "slow-consumer";
  });
  expect(explanation).toMatchObject({ isWell: false });
});

/** A text frame as clients send it (RFC 6455, 5.2), with a mask of zeros. */
function masked(text: string): Buffer {
  const body = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x81, 0x80 | body.length, 0, 0, 0, 0]), body]);
}

test("[XP52] a client that sends what no client should is told of as that", async () => {
  const node = await start("--max-errors-per-minute", "3");
  const client = await openTroubledClient(node.wsUrl);
  for (let count = 0; count < 6; count += 1) client.socket.send("no JSON");
  await client.socket.closed();
  expect(await explained(node, client.peer)).toMatchObject({ cause: "abuse", isWell: false });
});

test("[XP53] a client that was refused at the door is told of with the reason", async () => {
  const node = await start("--max-room-peers", "1");
  await openTroubledClient(node.wsUrl);
  const socket = await openSignallingSocket(node.wsUrl);
  onTestFinished(() => socket.close());
  socket.send({ type: "join", room: "atrium" });
  await socket.next("error");
  const { peers } = (await (await fetch(`${node.url}/api/v1/peers`)).json()) as {
    readonly peers: readonly { readonly id: string }[];
  };
  const causes = await Promise.all(peers.map(async ({ id }) => (await explained(node, id)).cause));
  expect(causes.toSorted()).toEqual(["join-refused", "never-offered"]);
});
