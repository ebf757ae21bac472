import { expect } from "vitest";
import { cameraAndMicrophone, roomTest as test } from "../kit/room_e2e.ts";

test("[RE60] Firefox and Chromium see and hear each other", async ({ enter, firefox }) => {
  const chromiumGuest = await enter();
  const firefoxGuest = await enter({ browser: firefox });
  expect(await chromiumGuest.morePictures(firefoxGuest, "camera", 20)).toBeGreaterThan(0);
  expect(await firefoxGuest.morePictures(chromiumGuest, "camera", 20)).toBe(320);
  await chromiumGuest.hears(firefoxGuest);
  await firefoxGuest.hears(chromiumGuest);
});

test("[RE61] two in Firefox see and hear each other", async ({ enter, firefox }) => {
  const first = await enter({ browser: firefox });
  const second = await enter({ browser: firefox });
  for (const [guest, other] of [
    [first, second],
    [second, first],
  ] as const) {
    expect(await guest.morePictures(other, "camera", 20)).toBeGreaterThan(0);
    await guest.hears(other);
  }
});

test("[RE62] Firefox sees who comes, goes and comes back in the same sections", async ({ enter, firefox, room }) => {
  const guest = await enter({ browser: firefox });
  const other = await enter();
  await guest.morePictures(other, "camera", 5);
  const { sections } = await guest.state();
  for (let round = 0; round < 2; round += 1) {
    await other.call("leave");
    await guest.others(0);
    await other.join(room);
    await other.publish(...cameraAndMicrophone);
    await guest.morePictures(other, "camera", 5);
    await guest.hears(other);
    await other.morePictures(guest, "camera", 5);
  }
  expect((await guest.state()).sections).toBe(sections);
});

test("[RE63] room channels carry text and bytes between Firefox and Chromium", async ({ enter, firefox }) => {
  const first = await enter({ tracks: [], browser: firefox });
  const second = await enter({ tracks: [] });
  for (const guest of [first, second]) await guest.call("openChannel", "chat");
  await first.call("sendOn", "chat", ["hello"]);
  await second.call("sendBytesOn", "chat", [[1, 2, 3]]);
  expect(await second.call("channelMessages", "chat", 1)).toEqual([{ from: first.id, text: "hello" }]);
  expect(await first.call("channelMessages", "chat", 1)).toEqual([{ from: second.id, bytes: [1, 2, 3] }]);
});

test("[RE64] Chromium gets the layer that it chose of Firefox's simulcast", async ({ enter, firefox }) => {
  const camera = { source: "camera", width: 640, height: 480, simulcast: true };
  const first = await enter({ browser: firefox, tracks: [camera, { source: "microphone" }] });
  const second = await enter();
  const track = await second.published(first, "camera");
  for (const [layer, width] of [
    ["q", 160],
    ["f", 640],
    ["h", 320],
  ] as const) {
    await second.send({ type: "subscribe", track, layer });
    await second.pictureWidth(first, "camera", width, 20_000);
  }
});
