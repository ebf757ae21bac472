import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect } from "vitest";
import { mediaShapes, roomTest as test } from "../kit/room_e2e.ts";

/** Later or earlier than this, people see it (EBU R37 has 40 and 60; two looks at the statistics are some tens apart). */
const IN_STEP_MS = 200;
/** 20 ms at 48 kHz, as Chromium sends Opus. */
const SAMPLES_A_PACKET = 960;
/** A publisher is asked for a keyframe no more often than this. */
const KEYFRAME_INTERVAL_MS = 500;
/** What a connection carries without any track: reports, checks and their answers. */
const IDLE_BYTES_A_SECOND = 2_000;

describe.each(mediaShapes)("$shape", ({ test }) => {
  test("[RE30] unsubscribing stops the bytes, subscribing brings them back", async ({ enter }) => {
    const first = await enter();
    const second = await enter();
    await second.morePictures(first, "camera", 5);
    await second.hears(first);
    const camera = await second.published(first, "camera");
    const microphone = await second.published(first, "microphone");
    for (const track of [camera, microphone]) await second.send({ type: "unsubscribe", track });
    await expect.poll(() => second.received()).toEqual([]);
    await expectIdle(second);

    await second.send({ type: "subscribe", track: camera });
    expect(await second.morePictures(first, "camera", 10)).toBe(320);
    expect((await second.received()).map(({ track }) => track)).toEqual([camera]);
    await second.send({ type: "subscribe", track: microphone });
    await second.hears(first);
  });
});

test("[RE31] who joins without subscriptions gets what it subscribes to, and nothing else", async ({ enter }) => {
  const first = await enter();
  const second = await enter({ join: { subscribe: "none" } });
  await first.morePictures(second, "camera", 5);
  const camera = await second.published(first, "camera");
  expect(await second.received()).toEqual([]);
  await second.send({ type: "subscribe", track: camera });
  await second.morePictures(first, "camera", 5);
  expect((await second.received()).map(({ track }) => track)).toEqual([camera]);
});

test("[RE32] who sends nothing sees and hears the others", async ({ enter }) => {
  const first = await enter();
  const viewer = await enter({ tracks: [] });
  await viewer.call("receiveOnly", ["audio", "video"]);
  await viewer.morePictures(first, "camera", 10);
  await viewer.hears(first);
  const second = await enter();
  await viewer.morePictures(second, "camera", 10);
  await viewer.hears(second);
});

test.for(["video/VP8", "video/VP9", "video/H264", "video/AV1"])(
  "[RE33] %s passes through",
  async (codec, { enter }) => {
    const first = await enter({ tracks: [{ source: "camera", width: 320, height: 180, codec }] });
    const second = await enter();
    expect(await second.morePictures(first, "camera", 20)).toBe(320);
    await first.morePictures(second, "camera", 5);
    expect(await first.call("codecOf", "camera")).toBe(codec);
  },
);

test.for(["video/VP8", "video/VP9", "video/AV1"])(
  "[RE34] %s with temporal layers passes through",
  async (codec, { enter }) => {
    const first = await enter({ tracks: [{ source: "camera", width: 320, height: 180, codec, mode: "L1T3" }] });
    const second = await enter();
    expect(await second.morePictures(first, "camera", 30)).toBe(320);
    // Whoever comes later begins with a keyframe of its own.
    const third = await enter();
    expect(await third.morePictures(first, "camera", 30)).toBe(320);
    expect((await third.receivedOf(first, "camera"))?.packetsLost).toBe(0);
  },
);

test("[RE36] pauses of Opus with DTX pass as what they are, and nothing seems lost", async ({ enter }) => {
  // What a sender may leave out is the receiver's wish (RFC 7587, 6.1).
  const changeSdp = (sdp: string) => sdp.replaceAll("minptime=10", "minptime=10;usedtx=1");
  const first = await enter({ tracks: [{ source: "microphone" }], changeSdp });
  const second = await enter({ tracks: [{ source: "microphone" }] });
  await second.hears(first);
  await first.call("setEnabled", "microphone", false);
  let last = { packets: 0, samples: 0 };
  const packetShare = async () => {
    const sound = await second.receivedOf(first, "microphone");
    const now = { packets: sound?.packetsReceived ?? 0, samples: sound?.totalSamplesReceived ?? 0 };
    const share = ((now.packets - last.packets) * SAMPLES_A_PACKET) / (now.samples - last.samples);
    last = now;
    return share;
  };
  await expect.poll(packetShare, { timeout: 10_000, interval: 1_000 }).toBeLessThan(0.3);
  await first.call("setEnabled", "microphone", true);
  await second.hears(first);
  await expect.poll(packetShare, { timeout: 10_000, interval: 1_000 }).toBeGreaterThan(0.7);
  expect((await second.receivedOf(first, "microphone"))?.packetsLost).toBe(0);
});

test("[RE37] somebody's picture and sound are played in step", async ({ enter }) => {
  const first = await enter();
  const second = await enter();
  const apart = async () => {
    const [picture, sound] = await Promise.all([
      second.receivedOf(first, "camera"),
      second.receivedOf(first, "microphone"),
    ]);
    if (!picture?.estimatedPlayoutTimestamp || !sound?.estimatedPlayoutTimestamp) return Number.POSITIVE_INFINITY;
    return Math.abs(picture.estimatedPlayoutTimestamp - sound.estimatedPlayoutTimestamp);
  };
  await expect.poll(apart, { timeout: 20_000, interval: 250 }).toBeLessThan(IN_STEP_MS);
});

test("[RE38] many who come at once get a keyframe soon, and its sender is not asked by each of them", async ({
  enter,
}) => {
  const first = await enter();
  const keyframesAsked = async () => (await first.sent()).reduce((sum, { pliCount }) => sum + pliCount, 0);
  const viewers = await Promise.all(Array.from({ length: 5 }, () => enter({ tracks: [] })));
  const before = await keyframesAsked();
  const startedAt = performance.now();
  await Promise.all(viewers.map((viewer) => viewer.call("receiveOnly", ["audio", "video"])));
  await Promise.all(viewers.map((viewer) => viewer.morePictures(first, "camera", 1)));
  const asked = (await keyframesAsked()) - before;
  expect(asked).toBeGreaterThan(0);
  expect(asked).toBeLessThanOrEqual((performance.now() - startedAt) / KEYFRAME_INTERVAL_MS + 1);
});

test("[RE35] what the page and the node change at the same moment is negotiated, whoever comes first", async ({
  enter,
}) => {
  const first = await enter();
  const second = await enter();
  await second.morePictures(first, "camera", 5);
  const screens = ["screen-1", "screen-2", "screen-3"];
  await Promise.all(
    screens.flatMap((source) => [first, second].map((guest) => guest.publish({ source, width: 160, height: 120 }))),
  );
  for (const source of screens) {
    await second.morePictures(first, source, 3);
    await first.morePictures(second, source, 3);
  }
  for (const guest of [first, second]) expect(await guest.call("errors")).toEqual([]);
});

test("[RE39] a page may send in a section that it receives in, and what it gets may move to another", async ({
  enter,
}) => {
  const first = await enter();
  const second = await enter();
  await second.morePictures(first, "camera", 5);
  await second.publish({ source: "screen", width: 320, height: 180, isSharing: true });
  await first.morePictures(second, "screen", 5);
  const camera = await second.published(first, "camera");
  for (let round = 0; round < 2; round += 1) {
    await second.send({ type: "unsubscribe", track: camera });
    await expect.poll(async () => (await second.received()).some(({ track }) => track === camera)).toBe(false);
    await second.send({ type: "subscribe", track: camera });
    await second.morePictures(first, "camera", 5);
  }
  await first.morePictures(second, "screen", 5);
  expect(await second.call("errors")).toEqual([]);
});

async function expectIdle(guest: { call<R>(method: string): Promise<R> }): Promise<void> {
  const rate = async () => {
    const last = await guest.call<number>("bytesReceived");
    const at = performance.now();
    await sleep(500);
    return (((await guest.call<number>("bytesReceived")) - last) * 1_000) / (performance.now() - at);
  };
  await expect.poll(rate, { timeout: 8_000, message: "bytes a second" }).toBeLessThan(IDLE_BYTES_A_SECOND);
}
