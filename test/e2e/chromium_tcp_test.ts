import { expect } from "vitest";
import { e2e } from "../kit/e2e.ts";
import { openPageClient } from "../kit/page_client.ts";

const test = e2e.extend("client", async ({ node, pages, chromium }, { onCleanup }) => {
  const page = await chromium.newPage();
  onCleanup(() => page.close());
  const client = await openPageClient(page, { pagesUrl: pages.url, wsUrl: node.wsUrl });
  await client.call("useOnlyTcp");
  return client;
});

test("[TCP20] Chromium gets its messages back where no UDP goes through", async ({ client }) => {
  await client.call("openChannel", "chat");
  expect(await client.call("echoTexts", "chat", ["hello"])).toEqual(["hello"]);
  const sizes = [1, 16_384, 262_144];
  expect(await client.call("echoBytes", "chat", sizes)).toEqual(sizes.map((size) => ({ size, isSame: true })));
  expect(await client.call("selectedProtocols")).toEqual(["tcp", "tcp"]);
});

test("[TCP21] Chromium sees and hears itself where no UDP goes through", async ({ client }) => {
  await client.startTrack("audio");
  await client.startTrack("video", { width: 640, height: 480 });
  await client.call("connected");
  await client.call("morePictures", 30);
  await client.call("hearsSound");
  await client.call("pictureSize", 640, 480);
  expect(await client.call("selectedProtocols")).toEqual(["tcp", "tcp"]);
});
