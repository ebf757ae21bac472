import { expect } from "vitest";
import { e2e } from "../kit/e2e.ts";
import { openPageClient } from "../kit/page_client.ts";

const test = e2e
  .extend("client", async ({ node, pages, firefox }, { onCleanup }) => {
    const page = await firefox.newPage();
    onCleanup(() => page.close());
    return await openPageClient(page, { pagesUrl: pages.url, wsUrl: node.wsUrl });
  })
  .extend("clientWithoutCamera", async ({ node, pages, firefoxWithoutCamera }, { onCleanup }) => {
    const page = await firefoxWithoutCamera.newPage();
    onCleanup(() => page.close());
    return await openPageClient(page, { pagesUrl: pages.url, wsUrl: node.wsUrl });
  });

test("[E2E30] Firefox gets text and binary messages back", async ({ client }) => {
  await client.call("openChannel", "chat");
  const texts = ["hello", "Grüße 🚂", "x".repeat(20_000)];
  expect(await client.call("echoTexts", "chat", texts)).toEqual(texts);
  const sizes = [1, 16_384, 262_144];
  expect(await client.call("echoBytes", "chat", sizes)).toEqual(sizes.map((size) => ({ size, isSame: true })));
});

test("[E2E31] Firefox sees and hears itself", async ({ client }) => {
  await client.startTrack("audio");
  await client.startTrack("video", { width: 640, height: 480 });
  await client.call("morePictures", 20);
  await client.call("hearsSound");
  await client.call("pictureSize", 640, 480);
});

test("[E2E32] data in Firefox goes on after the client restarted ICE", async ({ client }) => {
  await client.call("openChannel", "chat");
  await client.call("echoTexts", "chat", ["before"]);
  await client.call("restartIce");
  expect(await client.call("echoTexts", "chat", ["after"])).toEqual(["after"]);
});

test("[E2E33] Firefox without camera permission, which names no address, gets its messages back", async ({
  clientWithoutCamera: client,
}) => {
  await client.call("openChannel", "chat");
  expect(await client.call("echoTexts", "chat", ["hello"])).toEqual(["hello"]);
  await expectOnlyNames(await client.call("localCandidates"));
});

test("[E2E34] Firefox without camera permission sees a canvas that it sends", async ({
  clientWithoutCamera: client,
}) => {
  await client.startTrack("video", { source: "canvas", width: 320, height: 240 });
  await client.call("morePictures", 10);
  await client.call("pictureSize", 320, 240);
  await expectOnlyNames(await client.call("localCandidates"));
});

test("[E2E38] in Firefox a track that only sends comes back on a section that the server offers", async ({
  client,
}) => {
  await client.startTrack("video", { direction: "sendonly" });
  await client.call("morePictures", 10);
  expect(await client.call("received", "offer")).toBeGreaterThan(0);
});

function expectOnlyNames(candidates: readonly string[]): void {
  const withAddress = candidates.filter((candidate) => candidate !== "" && !/ [0-9a-f-]{36}\.local /.test(candidate));
  expect(withAddress).toEqual([]);
}
