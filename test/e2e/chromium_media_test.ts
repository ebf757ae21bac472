import { expect } from "vitest";
import { e2e } from "../kit/e2e.ts";
import { openPageClient } from "../kit/page_client.ts";

const test = e2e.extend("client", async ({ node, pages, chromium }, { onCleanup }) => {
  const page = await chromium.newPage();
  onCleanup(() => page.close());
  return await openPageClient(page, { pagesUrl: pages.url, wsUrl: node.wsUrl });
});

/** Generous for a busy machine with two cores; a lost first key frame costs more. */
const FIRST_PICTURE_MS = 3_000;

/** What Chromium takes for the path until the other side reports; without reports it falls from there. */
const CHROMIUM_START_BITRATE = 300_000;

test("[E2E10] Chromium hears its own audio again", async ({ client }) => {
  await client.startTrack("audio");
  await client.call("connected");
  await client.call("hearsSound");
});

test("[E2E11] Chromium sees its own video again in the size it was sent", async ({ client }) => {
  await client.startTrack("video", { width: 640, height: 480 });
  await client.call("connected");
  await client.call("morePictures", 30);
  await client.call("pictureSize", 640, 480);
  expect(await client.inbound("video")).toMatchObject({ streams: 1 });
});

test("[E2E12] the first picture is there soon after the connection", async ({ client }) => {
  await client.startTrack("audio");
  await client.startTrack("video");
  await client.call("connected");
  expect(await client.call("firstPictureMs")).toBeLessThan(FIRST_PICTURE_MS);
});

test("[E2E13] audio, video and data share one connection", async ({ client }) => {
  await client.startTrack("audio");
  await client.startTrack("video");
  await client.call("openChannel", "chat");
  await client.call("morePictures", 10);
  await client.call("hearsSound");
  expect(await client.call("echoTexts", "chat", ["hello"])).toEqual(["hello"]);
});

test("[E2E14] a track that only sends comes back on a section that the server offers", async ({ client }) => {
  await client.startTrack("video", { direction: "sendonly" });
  await client.call("connected");
  await client.call("morePictures", 10);
  expect(await client.call("received", "offer")).toBeGreaterThan(0);
});

test("[E2E15] a renegotiation adds a track, removes it and adds another, and data goes on", async ({ client }) => {
  await client.call("openChannel", "chat");
  await client.call("addTrack", "video");
  await client.call("morePictures", 10);
  expect(await client.call("echoTexts", "chat", ["with video"])).toEqual(["with video"]);

  const answers = await client.call<number>("received", "answer");
  await client.call("removeTrack", "video");
  await client.call("receivedMore", "answer", answers);
  await client.call("stable");
  expect(await client.call("echoTexts", "chat", ["without video"])).toEqual(["without video"]);

  await client.call("addTrack", "video");
  await client.call("morePictures", 10);
  expect(await client.call("echoTexts", "chat", ["with video again"])).toEqual(["with video again"]);
  expect(await client.call("errors")).toEqual([]);
});

test("[E2E16] the client is told how its packets arrive, and its bit rate rises from where it starts", async ({
  client,
}) => {
  await client.startTrack("video", { width: 640, height: 480 });
  await client.call("connected");
  await client.call("receivesReports");
  await client.call("outgoingBitrate", CHROMIUM_START_BITRATE * 1.2);
});
