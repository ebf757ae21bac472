import { expect } from "vitest";
import { openRoomAiortc, type RoomAiortcOptions } from "../kit/room_aiortc.ts";
import { roomTest } from "../kit/room_e2e.ts";

const test = roomTest.extend("enterAiortc", ({ node, room }, { onCleanup }) => {
  const open: { close(): Promise<void> }[] = [];
  onCleanup(async () => {
    await Promise.all(open.map((each) => each.close()));
  });
  return async (options: Omit<RoomAiortcOptions, "room">) => {
    const guest = await openRoomAiortc(node.wsUrl, { room, ...options });
    open.push(guest);
    return guest;
  };
});

const red = [80, 90, 230] as const;
const green = [150, 50, 40] as const;

function expectColor(seen: readonly number[], color: readonly number[]): void {
  const distance = color.reduce((sum, value, index) => sum + Math.abs(value - (seen[index] ?? 0)), 0);
  expect(distance, `${seen} instead of ${color}`).toBeLessThan(25);
}

test("[RE70] two on aiortc see each other's color and hear each other", async ({ enterAiortc }) => {
  const first = await enterAiortc({ name: "red", yuv: red });
  const second = await enterAiortc({ name: "green", yuv: green });
  const [seenByFirst, seenBySecond] = await Promise.all([first.sees(second.id, 10), second.sees(first.id, 10)]);
  expectColor(seenByFirst.yuv, green);
  expectColor(seenBySecond.yuv, red);
  expect([seenByFirst.width, seenBySecond.width]).toEqual([320, 320]);
  await Promise.all([first.hears(second.id), second.hears(first.id)]);
});

test("[RE71] aiortc and Chromium see and hear each other", async ({ enter, enterAiortc }) => {
  const page = await enter();
  const aiortc = await enterAiortc({ name: "red", yuv: red });
  await page.published(aiortc.id, "camera");
  expect(await page.morePictures(aiortc.id, "camera", 20)).toBe(320);
  await page.hears(aiortc.id);
  expect(await aiortc.sees(page.id, 20)).toMatchObject({ width: 320 });
  await aiortc.hears(page.id);
});
