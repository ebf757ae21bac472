import { expect } from "vitest";
import { e2e } from "../kit/e2e.ts";
import { openPageClient } from "../kit/page_client.ts";

const test = e2e.extend("client", async ({ node, pages, firefox }, { onCleanup }) => {
  const page = await firefox.newPage();
  onCleanup(() => page.close());
  const client = await openPageClient(page, { pagesUrl: pages.url, wsUrl: node.wsUrl });
  await client.call("useOnlyTcp");
  return client;
});

test("[TCP24] Firefox gets its messages back where no UDP goes through", async ({ client }) => {
  await client.call("openChannel", "chat");
  const texts = ["hello", "x".repeat(20_000)];
  expect(await client.call("echoTexts", "chat", texts)).toEqual(texts);
  expect(await client.call("selectedProtocols")).toEqual(["tcp", "tcp"]);
});

test("[TCP24] Firefox sees itself where no UDP goes through", async ({ client }) => {
  await client.startTrack("video", { width: 640, height: 480 });
  await client.call("morePictures", 20);
  expect(await client.call("selectedProtocols")).toEqual(["tcp", "tcp"]);
});
