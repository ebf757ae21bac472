import { cleanup } from "node-datachannel";
import { expect, onTestFinished } from "vitest";
import { setUpOne } from "../../bench/kit/set_up_one.ts";
import { startAiortcClient } from "../kit/aiortc.ts";
import { e2e } from "../kit/e2e.ts";
import { explained } from "../kit/explained.ts";
import { openPageClient, type ScriptedPage } from "../kit/page_client.ts";
import { type RunningNode, startNode } from "../kit/start_node.ts";
import { connect, openTroubledClient } from "../kit/troubled_client.ts";
import { openWeriftClient } from "../kit/werift_client.ts";

const test = e2e.extend("lite", { scope: "file" }, async ({}, { onCleanup }) => {
  const flags = ["--ice-lite", "on", "--silence-timeout-ms", "8000", "--disconnected-timeout-ms", "2000"];
  const node = await startNode({ flags });
  onCleanup(async () => void (await node.stop()));
  return node;
});

async function openPage(page: ScriptedPage, { pagesUrl, node }: { pagesUrl: string; node: RunningNode }) {
  onTestFinished(() => page.close());
  return await openPageClient(page, { pagesUrl, wsUrl: node.wsUrl });
}

/** Data, an offer of the server, which says `a=ice-lite` as its answers do, and an ICE restart. */
async function useEverything(client: Awaited<ReturnType<typeof openPage>>): Promise<void> {
  await client.call("openChannel", "chat");
  expect(await client.call("echoTexts", "chat", ["before"])).toEqual(["before"]);
  expect(await client.call<string>("remoteDescription")).toMatch(/^a=ice-lite\r?$/m);
  await client.startTrack("video", { source: "canvas", direction: "sendonly", width: 320, height: 240 });
  await client.call("morePictures", 10);
  expect(await client.call("received", "offer")).toBeGreaterThan(0);
  const { remoteUfrag } = await client.state();
  await client.call("restartIce");
  expect(await client.call("echoTexts", "chat", ["after"])).toEqual(["after"]);
  await client.call("morePictures", 10);
  expect((await client.state()).remoteUfrag).not.toBe(remoteUfrag);
}

test("[PTH11] Chromium talks to a node that is ICE-lite, also after it restarted ICE", async ({
  lite,
  pages,
  chromium,
}) => {
  await useEverything(await openPage(await chromium.newPage(), { pagesUrl: pages.url, node: lite }));
});

test("[PTH11] so does Chromium that names no address", async ({ lite, pages, chromiumWithoutCamera }) => {
  await useEverything(await openPage(await chromiumWithoutCamera.newPage(), { pagesUrl: pages.url, node: lite }));
});

test("[PTH11] so does Firefox", async ({ lite, pages, firefox }) => {
  await useEverything(await openPage(await firefox.newPage(), { pagesUrl: pages.url, node: lite }));
});

test("[PTH11] so does aiortc", async ({ lite }) => {
  const client = await startAiortcClient(lite.wsUrl, { channels: ["chat"], audio: true });
  onTestFinished(() => client.close());
  await client.next("open", { channel: "chat" });
  client.command("sendText", { channel: "chat", text: "hello" });
  await client.next("message", { channel: "chat", text: "hello" });
  await client.events.next(({ event, rms }) => event === "audio" && Number(rms) > 3_000, { what: "a loud tone" });
});

test("[PTH11] so does werift, also after it restarted ICE", async ({ lite }) => {
  const client = await openWeriftClient(lite.wsUrl);
  onTestFinished(() => client.close());
  const channel = await client.openChannel("chat");
  await channel.echo("before");
  client.pc.restartIce();
  await client.negotiate();
  await channel.echo("after");
});

test("[PTH11] so does libdatachannel", async ({ lite }) => {
  onTestFinished(() => cleanup());
  const connection = await setUpOne(lite.wsUrl);
  expect(connection.latencyMs).toBeGreaterThan(0);
  connection.close();
});

test("[PTH12] a client that checks no more is disconnected and fails, though the node itself never checks", {
  timeout: 40_000,
}, async ({ lite }) => {
  const client = await openTroubledClient(lite.wsUrl);
  await connect(client);
  for (const { connection } of client.pc.iceTransports) await connection.close();
  const { cause } = await explained(lite, client.peer, ({ state }) => state === "failed");
  expect(cause).toBe("consent-lost");
});
