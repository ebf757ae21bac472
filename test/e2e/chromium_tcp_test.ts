import { expect } from "vitest";
import { listHostAddresses } from "../../transport/media/host_addresses.ts";
import { e2e } from "../kit/e2e.ts";
import { eventually } from "../kit/eventually.ts";
import { handles } from "../kit/handles.ts";
import { openTcp } from "../kit/ice_tcp_client.ts";
import { openPageClient, type PageClient } from "../kit/page_client.ts";
import type { RunningNode } from "../kit/start_node.ts";
import { startTcpProxy } from "../kit/start_tcp_proxy.ts";

const test = e2e
  .extend("anyClient", async ({ node, pages, chromium }, { onCleanup }) => {
    const page = await chromium.newPage();
    onCleanup(() => page.close());
    return await openPageClient(page, { pagesUrl: pages.url, wsUrl: node.wsUrl });
  })
  .extend("client", async ({ anyClient }) => {
    await anyClient.call("useOnlyTcp");
    return anyClient;
  });

const tcp = ["tcp", "tcp"];

function tcpPortOf(node: RunningNode): number {
  return Number(node.log.seen.find(({ event }) => event === "node ready")?.tcpPort);
}

/** A proxy on the way of a client to the TCP port of a node. */
async function cutWay(node: RunningNode, client: PageClient) {
  const address = listHostAddresses().find((each) => each.includes(".")) ?? "127.0.0.1";
  const proxy = await startTcpProxy(`http://${address}:${tcpPortOf(node)}`, address);
  await client.call("useOnlyTcp", Number(new URL(proxy.url).port));
  return proxy;
}

test("[TCP20] Chromium gets its messages back where no UDP goes through", async ({ client }) => {
  await client.call("openChannel", "chat");
  expect(await client.call("echoTexts", "chat", ["hello"])).toEqual(["hello"]);
  const sizes = [1, 16_384, 262_144];
  expect(await client.call("echoBytes", "chat", sizes)).toEqual(sizes.map((size) => ({ size, isSame: true })));
  expect(await client.call("selectedProtocols")).toEqual(tcp);
});

test("[TCP21] Chromium sees and hears itself where no UDP goes through", async ({ client }) => {
  await client.startTrack("audio");
  await client.startTrack("video", { width: 640, height: 480 });
  await client.call("connected");
  await client.call("morePictures", 30);
  await client.call("hearsSound");
  await client.call("pictureSize", 640, 480);
  expect(await client.call("selectedProtocols")).toEqual(tcp);
});

test("[TCP21] data by TCP goes on after the client restarted ICE", async ({ client }) => {
  await client.call("openChannel", "chat");
  await client.call("echoTexts", "chat", ["before"]);
  await client.call("restartIce");
  expect(await client.call("echoTexts", "chat", ["after"])).toEqual(["after"]);
  expect(await client.call("selectedProtocols")).toEqual(tcp);
});

test("[TCP22] messages go on when the TCP connection was cut: Chromium makes another", async ({
  node,
  anyClient: client,
  onTestFinished,
}) => {
  const proxy = await cutWay(node, client);
  onTestFinished(() => proxy.close());
  await client.call("openChannel", "chat");
  await client.call("echoTexts", "chat", ["before"]);
  for (const text of ["first", "second", "third"]) {
    proxy.cut();
    expect(await client.call("echoTexts", "chat", [text])).toEqual([text]);
  }
  expect(await client.call("errors")).toEqual([]);
});

test("[TCP25] a client whose TCP connection stays away for longer comes back by an ICE restart", async ({
  node,
  anyClient: client,
  onTestFinished,
}) => {
  const proxy = await cutWay(node, client);
  onTestFinished(() => proxy.close());
  await client.call("openChannel", "chat");
  await client.call("echoTexts", "chat", ["before"]);
  proxy.sever();
  await eventually(async () => ["disconnected", "failed"].includes((await client.state()).ice), {
    what: "the page to notice",
    timeoutMs: 30_000,
    intervalMs: 200,
  });
  proxy.mend();
  await client.call("restartIce");
  expect(await client.call("echoTexts", "chat", ["after"])).toEqual(["after"]);
});

test("[TCP26] where UDP goes through it is used, and no TCP connection stays", async ({ node, anyClient: client }) => {
  await client.call("openChannel", "chat");
  await client.call("echoTexts", "chat", ["hello"]);
  expect(await client.call("selectedProtocols")).toEqual(["udp", "udp"]);
  // The listening sockets of signalling and media, and the client's WebSocket.
  const isQuiet = () => handles(node.pid).tcpSockets <= 3;
  // One that it opened and never used is its own to end.
  const what = "no TCP connection for media";
  await eventually(isQuiet, { what, timeoutMs: 45_000, describe: () => handles(node.pid) });
});

test("[TCP27] a thousand connections that are idle or send garbage keep no client out and leave nothing behind", async ({
  node,
  client,
}) => {
  const before = handles(node.pid);
  const port = tcpPortOf(node);
  const sockets = [];
  for (let count = 0; count < 1_000; count += 1) {
    const socket = await openTcp(port);
    socket.resume();
    if (count % 4 === 1) socket.write(Buffer.alloc(100_000, count));
    if (count % 4 === 2) socket.write(Buffer.from([0, 100, 0, 1]));
    if (count % 4 === 3) socket.write("GET / HTTP/1.1\r\n\r\n");
    sockets.push(socket);
  }
  await client.call("openChannel", "chat");
  expect(await client.call("echoTexts", "chat", ["hello"])).toEqual(["hello"]);
  expect(await client.call("selectedProtocols")).toEqual(tcp);
  const during = handles(node.pid);
  expect(during.tcpSockets - before.tcpSockets).toBeLessThan(300);
  expect(during.rssBytes - before.rssBytes).toBeLessThan(100_000_000);
  for (const socket of sockets) socket.destroy();
  const isDown = () => handles(node.pid).tcpSockets <= before.tcpSockets + 2;
  await eventually(isDown, { what: "the connections to be gone", describe: () => handles(node.pid) });
});
