import { expect } from "vitest";
import { roomTest as test } from "../kit/room_e2e.ts";
import type { ReceivedPageTrack } from "../kit/room_page.ts";

/** The share of datagrams that is lost, each way. */
const LOSS = 0.05;
/** At 15 pictures a second: some seven seconds. */
const PICTURES = 100;

test("[RE50] with 5 % of the datagrams lost each way, pictures and sound go on in both directions", async ({
  enter,
  mediaPath,
}) => {
  const steady = await enter();
  const lossy = await enter({ path: mediaPath });
  await lossy.morePictures(steady, "camera", 5);
  await steady.morePictures(lossy, "camera", 5);
  const before = await lossy.receivedOf(steady, "camera");
  mediaPath.loss = LOSS;
  await Promise.all([
    lossy.morePictures(steady, "camera", PICTURES, 20_000),
    steady.morePictures(lossy, "camera", PICTURES, 20_000),
  ]);
  await lossy.hears(steady);
  await steady.hears(lossy);
  expect(mediaPath.toPage.lost).toBeGreaterThan(10);
  expect(mediaPath.toNode.lost).toBeGreaterThan(10);
  const after = await lossy.receivedOf(steady, "camera");
  const gained = (field: keyof ReceivedPageTrack) => Number(after?.[field] ?? 0) - Number(before?.[field] ?? 0);
  // What is lost is asked for and comes again; only where that came to nothing, a keyframe is needed.
  expect(gained("packetsLost")).toBeGreaterThan(0);
  expect(gained("retransmittedPacketsReceived")).toBeGreaterThan(gained("packetsLost") * 0.5);
  expect(gained("keyFramesDecoded")).toBeLessThan(gained("framesDecoded") * 0.05);
});

test("[RE51] a connection over a path with 5 % loss comes about", async ({ enter, mediaPath }) => {
  const steady = await enter();
  mediaPath.loss = LOSS;
  const lossy = await enter({ path: mediaPath });
  await lossy.morePictures(steady, "camera", 10, 20_000);
  await steady.morePictures(lossy, "camera", 10, 20_000);
  await lossy.hears(steady);
});
