import { expect } from "vitest";
import { e2e } from "../kit/e2e.ts";
import { openPageClient } from "../kit/page_client.ts";

const test = e2e.extend("client", async ({ node, pages, chromiumWithoutCamera }, { onCleanup }) => {
  const page = await chromiumWithoutCamera.newPage();
  onCleanup(() => page.close());
  return await openPageClient(page, { pagesUrl: pages.url, wsUrl: node.wsUrl });
});

test("[E2E35] Chromium without camera permission, which names no address, gets its messages back", async ({
  client,
}) => {
  await client.call("openChannel", "chat");
  expect(await client.call("echoTexts", "chat", ["hello"])).toEqual(["hello"]);
  const candidates = await client.call<string[]>("localCandidates");
  expect(candidates.filter((candidate) => !/ [0-9a-f-]{36}\.local /.test(candidate))).toEqual([]);
});

test("[E2E36] Chromium without camera permission sees a canvas that it sends", async ({ client }) => {
  await client.startTrack("video", { source: "canvas", width: 320, height: 240 });
  await client.call("morePictures", 10);
  await client.call("pictureSize", 320, 240);
});

test("[E2E37] data of a client that names no address goes on after it restarted ICE", async ({ client }) => {
  await client.call("openChannel", "chat");
  await client.call("echoTexts", "chat", ["before"]);
  await client.call("restartIce");
  expect(await client.call("echoTexts", "chat", ["after"])).toEqual(["after"]);
});
