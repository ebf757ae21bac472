import { describe, expect } from "vitest";
import { mediaShapes, roomTest as test } from "../kit/room_e2e.ts";
import type { PageTrack } from "../kit/room_page.ts";

/** Three layers of 240, 480 and 960: the least width of which Chromium makes three. */
const camera: PageTrack = { source: "camera", width: 960, height: 540, frameRate: 15, simulcast: true };
const widths = { q: 240, h: 480, f: 960 } as const;
/** Chromium begins at 300 kbit/s and takes its time to send the highest layer on a busy machine. */
const RAMP_UP_MS = 45_000;

describe.each(mediaShapes)("$shape", ({ test }) => {
  test("[RE40] each subscriber gets the layer that it chose, and another one when it changes its mind", async ({
    enter,
  }) => {
    const first = await enter({ tracks: [camera, { source: "microphone" }] });
    const second = await enter();
    const third = await enter();
    const track = await second.published(first, "camera");
    await third.published(first, "camera");
    const [member] = (await second.members()).filter(({ id }) => id === first.id);
    expect(member?.tracks.find(({ source }) => source === "camera")?.layers).toEqual(["q", "h", "f"]);

    await second.send({ type: "subscribe", track, layer: "q" });
    await second.pictureWidth(first, "camera", widths.q, RAMP_UP_MS);
    await third.send({ type: "subscribe", track, layer: "f" });
    await third.pictureWidth(first, "camera", widths.f, RAMP_UP_MS);
    expect(await second.morePictures(first, "camera", 10)).toBe(widths.q);

    await second.send({ type: "subscribe", track, layer: "h" });
    await second.pictureWidth(first, "camera", widths.h, RAMP_UP_MS);
    await second.send({ type: "subscribe", track, layer: null });
    await second.pictureWidth(first, "camera", widths.f, RAMP_UP_MS);
    await second.send({ type: "subscribe", track, layer: "q" });
    await second.pictureWidth(first, "camera", widths.q, RAMP_UP_MS);
    expect(await third.morePictures(first, "camera", 10)).toBe(widths.f);
  });
});

test("[RE41] a switch of layers is no new stream, and nothing seems lost", async ({ enter }) => {
  const first = await enter({ tracks: [camera] });
  const second = await enter({ tracks: [{ source: "microphone" }] });
  const track = await second.published(first, "camera");
  await second.pictureWidth(first, "camera", widths.f, RAMP_UP_MS);
  const before = await second.receivedOf(first, "camera");
  for (const layer of ["q", "f", "h", "q", "f"] as const) {
    await second.send({ type: "subscribe", track, layer });
    await second.pictureWidth(first, "camera", widths[layer], RAMP_UP_MS);
    await second.morePictures(first, "camera", 10);
  }
  const after = await second.receivedOf(first, "camera");
  expect(after).toMatchObject({ ssrc: before?.ssrc, mid: before?.mid });
  expect((after?.packetsLost ?? 0) - (before?.packetsLost ?? 0)).toBe(0);
});

test("[RE42] a subscriber that comes later gets the layer that its bandwidth allows, from its first picture on", async ({
  enter,
}) => {
  const first = await enter({ tracks: [camera] });
  const second = await enter({ tracks: [] });
  await second.call("receiveOnly", ["video"]);
  await second.pictureWidth(first, "camera", widths.f, RAMP_UP_MS);
  const third = await enter({ tracks: [] });
  await third.call("receiveOnly", ["video"]);
  expect(Object.values(widths)).toContain(await third.morePictures(first, "camera", 1));
  await third.pictureWidth(first, "camera", widths.f, RAMP_UP_MS);
});
