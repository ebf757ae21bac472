import { expect } from "vitest";
import { callTest as test } from "../kit/call_page.ts";

test("[CP32] Firefox joins by the link, sees others and is seen", async ({ guest, firefox, node, room }) => {
  const page = await firefox.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  try {
    await page.goto(`${node.url}/#${room}`);
    await page.waitForSelector("#name");
    await page.type("#name", "Fox");
    await page.click('.join button[type="submit"]');
    await page.waitForSelector('.call[data-state="joined"]');
    const ada = await guest({ name: "Ada" });
    await ada.sees("Fox");
    await page.waitForFunction(
      (selector) => {
        const video = document.querySelector<HTMLVideoElement>(`${selector} video`);
        return video !== null && video.videoWidth > 0 && video.currentTime > 0;
      },
      {},
      ada.tile("Ada"),
    );
    await page.click('[data-action="microphone"]');
    await ada.page.waitForSelector(`${ada.tile("Fox")} .muted-mark`);
    expect(errors).toEqual([]);
  } finally {
    await page.close();
  }
});
