import { expect } from "vitest";
import { clientTest as test } from "../kit/client_e2e.ts";
import type { ClientPage } from "../kit/client_page.ts";

async function expectAllMeet(guests: readonly ClientPage[]): Promise<void> {
  for (const guest of guests) {
    for (const other of guests) {
      if (guest === other) continue;
      expect(await guest.sees(other)).toBeGreaterThan(0);
      await guest.hears(other);
    }
  }
}

test("[CL1] two and three people see and hear each other", async ({ enter }) => {
  const first = await enter();
  const second = await enter();
  await expectAllMeet([first, second]);
  const third = await enter();
  await expectAllMeet([first, second, third]);
  for (const guest of [first, second, third]) {
    expect(await guest.call("countOf", "error")).toBe(0);
    expect(await guest.call("explain")).toMatch(/^In room "client-\d+"\. Media is connected\.$/);
  }
});

test("[CL3] what is muted is told and sent no more, and the camera is off; unmuted it goes on", async ({ enter }) => {
  const first = await enter();
  const second = await enter();
  await expectAllMeet([first, second]);
  await first.call("mute", "camera");
  await second.call("mutedIs", first.id, "camera", true);
  expect(await first.call("isCameraOn", "camera")).toBe(false);
  await second.hears(first);
  await first.call("unmute", "camera");
  await second.call("mutedIs", first.id, "camera", false);
  expect(await first.call("isCameraOn", "camera")).toBe(true);
  await second.sees(first, "camera", 10);
  await first.call("mute", "microphone");
  await second.call("mutedIs", first.id, "microphone", true);
  await first.call("unmute", "microphone");
  await second.call("mutedIs", first.id, "microphone", false);
  await second.hears(first);
});

test("[CL4] each chooses the layer of a camera, which is sent in three", async ({ enter }) => {
  const first = await enter({ sends: [] });
  // Wide enough that Chromium makes three layers of it.
  await first.call("publishCamera", { width: 960, height: 540 });
  const second = await enter({ sends: [] });
  await second.call("published", first.id, "camera");
  await second.sees(first);
  expect((await second.peers())[0]?.tracks[0]?.layers).toEqual(["q", "h", "f"]);
  for (const [layer, width] of [
    ["q", 240],
    ["h", 480],
    ["q", 240],
  ] as const) {
    await second.call("setLayer", first.id, "camera", layer);
    await second.call("seesWidth", first.id, "camera", width, 45_000);
  }
});

test("[CL5] a screen is shared beside the camera, and what is unpublished is gone for everyone", async ({ enter }) => {
  const first = await enter();
  const second = await enter();
  await second.sees(first);
  await first.call("publishDrawing", "screen", 480, 360, { name: "slides" });
  await second.call("published", first.id, "screen");
  expect(await second.sees(first, "screen")).toBe(480);
  await second.sees(first, "camera");
  const track = (await second.peers())[0]?.tracks.find(({ source }) => source === "screen");
  expect(track).toMatchObject({ kind: "video", name: "slides", isMuted: false, layers: [] });
  for (let round = 0; round < 2; round += 1) {
    await first.call("unpublish", "screen");
    await second.call("unpublished", first.id, "screen");
    await first.call("publishDrawing", "screen", 320, 240);
    await second.call("published", first.id, "screen");
    expect(await second.sees(first, "screen")).toBe(320);
  }
  await second.sees(first, "camera");
});

test("[CL6] who leaves is gone for everyone, and may come back", async ({ enter }) => {
  const first = await enter();
  const second = await enter();
  await expectAllMeet([first, second]);
  await second.call("leave");
  await first.call("others", 0);
  expect(await second.call("state")).toBe("left");
  expect(await second.peers()).toEqual([]);
  expect(await second.call("localTracks")).toEqual([]);
  await second.join();
  await second.call("publishCamera");
  await first.call("others", 1);
  await first.sees(second);
  await second.sees(first);
});

test("[CL7] another picture takes the place of the camera's without a negotiation", async ({ enter }) => {
  const first = await enter();
  const second = await enter();
  await second.sees(first);
  const [before] = (await second.peers())[0]?.tracks ?? [];
  await first.call("replaceByDrawing", "camera", 320, 320);
  await expect.poll(async () => (await second.call<number>("sees", first.id)) > 0).toBe(true);
  await expect.poll(() => second.call("aspectOf", first.id, "camera")).toBe(1);
  expect((await second.peers())[0]?.tracks[0]?.id).toBe(before?.id);
});

test("[CL8] nothing is received that was not asked for, where that was wished", async ({ enter }) => {
  const first = await enter();
  const second = await enter({ sends: [], room: { subscribe: "none" } });
  await second.call("published", first.id, "camera");
  await second.call("published", first.id, "microphone");
  expect((await second.peers())[0]?.tracks.map(({ isReceived }) => isReceived)).toEqual([false, false]);
  expect(await second.call("explain")).toContain("There is no media to send or to receive.");
  await second.call("subscribe", first.id, "camera");
  await second.sees(first);
  await second.call("unsubscribe", first.id, "camera");
  await second.call("received", first.id, "camera", false);
  await second.call("subscribe", first.id, "camera");
  await second.call("received", first.id, "camera");
  await second.sees(first);
});

test("[CL9] what is sent and received is measured, and each connection gets a verdict", async ({ enter }) => {
  const room = { statsIntervalMs: 1_000 };
  const first = await enter({ room });
  const second = await enter({ room });
  await expectAllMeet([first, second]);
  await second.call("stats");
  await second.sees(first, "camera", 10);
  const stats = await second.call<{ tracks: Record<string, unknown>[]; roundTripMs: number }>("stats");
  expect(stats.roundTripMs).toBeGreaterThanOrEqual(0);
  const of = (direction: string, kind: string) =>
    stats.tracks.find((track) => track["direction"] === direction && track["kind"] === kind);
  for (const direction of ["sent", "received"]) {
    expect(of(direction, "video")).toMatchObject({ bitrate: expect.any(Number), packetLoss: expect.any(Number) });
    for (const kind of ["audio", "video"]) expect(of(direction, kind)?.["bitrate"]).toBeGreaterThan(1_000);
    expect(of(direction, "video")?.["width"]).toBeGreaterThan(0);
  }
  expect(await second.call("qualityKnown", first.id)).toMatch(/^(excellent|good|poor)$/);
  await expect.poll(() => second.call("ownQuality")).toMatch(/^(excellent|good|poor)$/);
});

test("[CL10] the room is told who speaks", async ({ enter }) => {
  const first = await enter({ sends: [] });
  const second = await enter({ sends: [] });
  await first.call("publishTone", "microphone");
  await second.hears(first);
  await second.call("speaks", first.id);
});
