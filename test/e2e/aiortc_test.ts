import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { startAiortcClient } from "../kit/aiortc.ts";
import { e2e as test } from "../kit/e2e.ts";

test("[E2E50] aiortc gets text and binary messages back", async ({ node, onTestFinished }) => {
  const client = await startAiortcClient(node.wsUrl, { channels: ["chat"] });
  onTestFinished(() => client.close());
  await client.next("open", { channel: "chat" });
  client.command("sendText", { channel: "chat", text: "Grüße 🚂" });
  await client.next("message", { channel: "chat", text: "Grüße 🚂" });
  for (const size of [1, 1_200, 60_000]) {
    client.command("sendBytes", { channel: "chat", size });
    const { sha256 } = await client.next("sent");
    await client.next("message", { channel: "chat", size, sha256 });
  }
});

test("[E2E51] aiortc gets its picture back in size and color, and its tone as loud as it was", async ({
  node,
  onTestFinished,
}) => {
  const client = await startAiortcClient(node.wsUrl, { channels: ["chat"], audio: true, video: true });
  onTestFinished(() => client.close());
  const isLoud = ({ event, rms }: { event: string; rms?: unknown }) => event === "audio" && Number(rms) > 3_000;
  await client.events.next(isLoud, { what: "a loud tone" });
  const { width, height, yuv } = await client.next("video", { frames: 20 });
  expect({ width, height }).toEqual({ width: 320, height: 240 });
  const [y, u, v] = yuv as [number, number, number];
  expect(Math.abs(y - 160) + Math.abs(u - 90) + Math.abs(v - 200)).toBeLessThan(20);
  client.command("sendText", { channel: "chat", text: "hello" });
  await client.next("message", { text: "hello" });
});

test("[E2E52] aiortc may add video to a connection that carries data", async ({ node, onTestFinished }) => {
  const client = await startAiortcClient(node.wsUrl, { channels: ["chat"] });
  onTestFinished(() => client.close());
  await client.next("open", { channel: "chat" });
  client.command("addVideo");
  await client.next("video", { frames: 5 });
  client.command("sendText", { channel: "chat", text: "still here" });
  await client.next("message", { text: "still here" });
});

test("[E2E53] the plain client of aiortc's examples works as it stands", async ({ node, onTestFinished }) => {
  const script = fileURLToPath(new URL("./aiortc_tutorial.py", import.meta.url));
  const client = await startAiortcClient(node.wsUrl, { script });
  onTestFinished(() => client.close());
  await client.next("message", { text: "hello" });
  await client.next("picture", { width: 640 });
});
