import type { Page } from "playwright-core";
import { expect } from "vitest";
import { e2e } from "../kit/e2e.ts";
import { startNode } from "../kit/start_node.ts";

/** The connection check at `/check`, and what its console said of errors. */
const test = e2e.extend("demo", async ({ chromium, node }, { onCleanup }) => {
  const page = await chromium.newPage();
  onCleanup(() => page.close());
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  await page.goto(`${node.url}/check`);
  return { page, errors };
});

const connected = '[data-state="connection"][data-value="connected"]';
const echoed = '#messages > li[data-echo="back"]';

test("[E2E100] the page shows each state on the way, the picture that comes back and how long it took", async ({
  demo: { page, errors },
}) => {
  await page.click("#start");
  await page.waitForSelector(connected);
  await page.waitForFunction(() => (document.querySelector<HTMLVideoElement>("#remote")?.videoWidth ?? 0) > 0);
  await page.waitForFunction(() => /ms$/.test(document.querySelector("#rtt")?.textContent?.trim() ?? ""));
  await page.waitForSelector('#status[data-tone="good"]');
  const states = await page.$$eval("[data-state]", (elements) =>
    Object.fromEntries(
      elements.map((element) => [element.getAttribute("data-state"), element.getAttribute("data-value")]),
    ),
  );
  expect(states).toMatchObject({
    signaling: "stable",
    "ice-gathering": "complete",
    ice: expect.stringMatching(/connected|completed/),
    dtls: "connected",
    connection: "connected",
  });
  expect(await page.getAttribute("#problem", "data-codes")).toBe("");
  expect(errors).toEqual([]);
});

test("[E2E101] without a camera the page tests data alone, and a written message comes back", async ({
  demo: { page, errors },
}) => {
  await page.check("#without-camera");
  await page.click("#start");
  await page.waitForSelector(connected);
  await page.fill("#message", "hello there");
  await page.press("#message", "Enter");
  expect(await page.textContent(echoed)).toContain("hello there");
  expect(await page.isVisible("#remote")).toBe(false);
  expect(errors).toEqual([]);
});

test("[E2E102] a stopped test can be started again, and an ICE restart keeps the messages going", async ({
  demo: { page },
}) => {
  await page.check("#without-camera");
  await page.click("#start");
  await page.waitForSelector(connected);
  await page.click("#stop");
  await page.waitForSelector('body[data-phase="ended"]');
  await page.click("#start");
  await page.waitForSelector(connected);
  await page.click("#restart-ice");
  await page.waitForFunction(
    () => (document.querySelector("[data-state=signaling]")?.textContent?.match(/have-local-offer/g)?.length ?? 0) > 1,
  );
  await page.waitForSelector(connected);
  await page.fill("#message", "after the restart");
  await page.press("#message", "Enter");
  await page.waitForFunction((selector) => document.querySelector(selector)?.textContent?.includes("restart"), echoed);
});

test("[E2E103] a refused camera is said in words, and the test goes on with data", async ({ demo: { page } }) => {
  await page.addInitScript(() => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", "NotAllowedError"));
  });
  await page.reload();
  await page.click("#start");
  await page.waitForSelector(connected);
  expect(await page.getAttribute("#problem", "data-codes")).toContain("camera-refused");
});

test("[E2E104] a server that stops during the test is told as that", async ({ chromium }) => {
  const node = await startNode();
  const page = await chromium.newPage();
  try {
    await page.goto(`${node.url}/check`);
    await page.check("#without-camera");
    await page.click("#start");
    await page.waitForSelector(connected);
    await node.stop();
    await page.waitForSelector('#problem[data-codes~="server-stopped"]');
  } finally {
    await page.close();
    await node.stop();
  }
});

test("[E2E105] the page fits a phone of 360 pixels, idle and running", async ({ demo: { page } }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  const width = () => page.evaluate(() => document.documentElement.scrollWidth);
  expect(await width()).toBe(360);
  await page.click("#start");
  await page.waitForSelector(connected);
  expect(await width()).toBe(360);
});

test("[CP51] the check has the colors and letters of the call, and leads back into the room it was opened from", async ({
  chromium,
  node,
}) => {
  const looks = (page: Page) =>
    page.evaluate(() => {
      const { backgroundColor, color, fontFamily } = getComputedStyle(document.body);
      const link = document.querySelector<HTMLElement>(".top > a:last-child");
      const brand = document.querySelector<HTMLElement>(".top .brand");
      const boxes = [brand, link].map((each) => each && getComputedStyle(each).color);
      return { backgroundColor, color, fontFamily, boxes, left: brand?.getBoundingClientRect().left };
    });
  for (const colorScheme of ["light", "dark"] as const) {
    const page = await chromium.newPage({ colorScheme });
    await page.goto(`${node.url}/#atrium`);
    await page.waitForSelector("#name");
    const call = await looks(page);
    await page.click("text=Connection check");
    await page.waitForSelector("#start");
    expect(await looks(page)).toEqual(call);
    await page.click("text=Back to the call");
    await page.waitForSelector("#name");
    expect(await page.inputValue("#room")).toBe("atrium");
    // Chosen in the settings of the call, against the system.
    const other = colorScheme === "light" ? "dark" : "light";
    await page.evaluate((theme) => localStorage.setItem("signalbox.call", JSON.stringify({ theme })), other);
    await page.goto(`${node.url}/check`);
    await page.waitForSelector("text=To the calls");
    expect((await looks(page)).backgroundColor).not.toBe(call.backgroundColor);
    await page.close();
  }
});
