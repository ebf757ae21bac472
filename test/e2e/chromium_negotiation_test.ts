import { expect } from "vitest";
import { e2e } from "../kit/e2e.ts";
import { openPageClient, type PageState } from "../kit/page_client.ts";

const test = e2e.extend("client", async ({ node, pages, chromium }, { onCleanup }) => {
  const page = await chromium.newPage();
  onCleanup(() => page.close());
  return await openPageClient(page, { pagesUrl: pages.url, wsUrl: node.wsUrl });
});

test("[E2E20] data goes on over the same channel after the client restarted ICE", async ({ client }) => {
  await client.call("openChannel", "chat");
  await client.call("echoTexts", "chat", ["before"]);
  const before = await client.state();
  await client.call("restartIce");
  expect(await client.call("echoTexts", "chat", ["after"])).toEqual(["after"]);
  const after: PageState = await client.state();
  expect(after.localUfrag).not.toBe(before.localUfrag);
  expect(after.remoteUfrag).not.toBe(before.remoteUfrag);
});

test("[E2E20] an ICE restart is one although a section of the offer is inactive", async ({ client }) => {
  await client.call("openChannel", "chat");
  await client.startTrack("video", { source: "canvas", direction: "inactive" });
  await client.call("stable");
  const before = await client.state();
  expect(before.directions).toContain("inactive");
  await client.call("restartIce");
  expect(await client.call("echoTexts", "chat", ["after"])).toEqual(["after"]);
  expect((await client.state()).remoteUfrag).not.toBe(before.remoteUfrag);
});

test("[E2E21] pictures go on after two ICE restarts in a row", async ({ client }) => {
  await client.startTrack("video");
  await client.call("morePictures", 10);
  await client.call("restartIce");
  await client.call("restartIce");
  await client.call("morePictures", 30);
  expect(await client.state()).toMatchObject({ connection: "connected", signaling: "stable" });
});

test("[E2E27] an ICE restart works although the client's checks come before it has the answer", async ({ client }) => {
  await client.call("openChannel", "chat");
  await client.call("echoTexts", "chat", ["before"]);
  await client.call("takeAnswersLate");
  await client.call("restartIce");
  expect(await client.call("echoTexts", "chat", ["after"])).toEqual(["after"]);
});

test("[E2E22] when both sides offer at once, the client's offer yields and nothing is lost", async ({ client }) => {
  await client.call("holdOffers");
  await client.startTrack("video", { direction: "sendonly" });
  await client.call("connected");
  await client.call("heldOffer");
  // The server waits for the answer to its offer; the client's own offer is on its way before it sees the server's.
  await client.startTrack("audio");
  await client.call("makingOffer");
  await client.call("releaseOffers");
  await client.call("hearsSound");
  await client.call("morePictures", 10);
  await client.call("stable");
  expect(await client.call("errors")).toEqual([]);
});

test("[E2E23] two offers sent at once are both answered, and the second counts", async ({ client }) => {
  await client.call("offerTwice");
  await client.call("connected");
  await client.call("hearsSound");
  await client.call("morePictures", 10);
  expect(await client.call("received", "answer")).toBe(2);
});

test("[E2E24] after a bye the same socket carries a new connection", async ({ client }) => {
  await client.call("openChannel", "first");
  await client.call("echoTexts", "first", ["hello"]);
  await client.call("bye");
  await client.call("openChannel", "second");
  expect(await client.call("echoTexts", "second", ["hello again"])).toEqual(["hello again"]);
  expect(await client.state()).toMatchObject({ socket: "open", connection: "connected" });
});

test("[E2E25] the server never sends a candidate before the description that it belongs to", async ({ client }) => {
  await client.startTrack("audio");
  await client.call("openChannel", "chat");
  await client.call("echoTexts", "chat", ["hello"]);
  await client.call("restartIce");
  await client.call("echoTexts", "chat", ["hello again"]);
  expect(await client.call<string[]>("log")).not.toContainEqual(expect.stringContaining("cannot take candidate"));
});

test("[E2E26] a description of the server holds its host candidates", async ({ client }) => {
  await client.call("openChannel", "chat");
  expect(await client.call("remoteDescription")).toMatch(/^a=candidate:.* typ host/m);
});
