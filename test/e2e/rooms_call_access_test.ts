import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type axe from "axe-core";
import { expect } from "vitest";
import { type CallPage, giveScreen, callTest as test } from "../kit/call_page.ts";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The serious and critical faults of a page, each as its rule and the elements. */
async function faultsOf({ page }: CallPage): Promise<string[]> {
  // What is half faded in has not the colors that people read.
  await page.evaluate(() =>
    Promise.allSettled(
      document
        .getAnimations()
        .filter(({ effect }) => effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY)
        .map(({ finished }) => finished),
    ),
  );
  // The page's policy allows no script of others; the debugger's evaluation is none of the page's.
  const session = await page.context().newCDPSession(page);
  await session.send("Runtime.evaluate", { expression: axeSource });
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
}

for (const colorScheme of ["light", "dark"] as const) {
  test(`[CP29] axe finds no serious fault on the first screen, in the call, with the chat and the dialog open: ${colorScheme}`, async ({
    guest,
    strictChromium,
  }) => {
    const ada = await guest({ name: "", context: { colorScheme } });
    expect(await faultsOf(ada)).toEqual([]);
    await ada.join("Ada");
    const bo = await guest({ name: "", browser: strictChromium, context: { colorScheme } });
    await bo.page.waitForSelector(".fault");
    expect(await faultsOf(bo)).toEqual([]);
    await bo.join("Bo");
    await ada.page.waitForSelector(ada.tile("Bo"));
    expect(await faultsOf(ada)).toEqual([]);
    await bo.act("chat");
    await bo.page.keyboard.type("hello https://a.example");
    await bo.page.keyboard.press("Enter");
    await ada.page.waitForSelector(".notice");
    await ada.act("chat");
    await ada.page.waitForSelector(".message");
    expect(await faultsOf(ada)).toEqual([]);
    await ada.page.keyboard.press("Escape");
    await ada.act("people");
    await ada.page.waitForSelector(".people");
    expect(await faultsOf(ada)).toEqual([]);
    await ada.page.keyboard.press("Escape");
    await ada.act("share");
    await ada.page.waitForSelector(".share-link");
    expect(await faultsOf(ada)).toEqual([]);
    await ada.page.keyboard.press("Escape");
    await ada.act("statistics");
    await ada.act("settings");
    await ada.page.waitForSelector("dialog[open]");
    expect(await faultsOf(ada)).toEqual([]);
    await ada.page.keyboard.press("Escape");
    await ada.act("leave");
    await ada.page.waitForSelector("text=You left the call");
    expect(await faultsOf(ada)).toEqual([]);
  });
}

for (const colorScheme of ["light", "dark"] as const) {
  test(`[CP29] axe finds no serious fault with somebody pinned, one's own screen, no network, and a call in two tabs: ${colorScheme}`, async ({
    guest,
  }) => {
    const ada = await guest({ name: "Ada", before: giveScreen, context: { colorScheme } });
    await guest({ name: "Bo" });
    await ada.sees("Bo");
    await ada.act("screen");
    await ada.sees("Ada", "screen");
    await ada.page.getByRole("button", { name: "Pin Bo" }).click();
    await ada.page.waitForSelector(`${ada.tile("Bo")}.featured`);
    await ada.page.context().setOffline(true);
    await ada.page.waitForSelector(".trouble");
    expect(await faultsOf(ada)).toEqual([]);
    await ada.page.context().setOffline(false);
    const again = await guest({ name: "", beside: ada });
    await again.page.waitForSelector(".elsewhere");
    expect(await faultsOf(again)).toEqual([]);
    await again.page.getByRole("button", { name: "Move the call here" }).click();
    await ada.page.waitForSelector('h1 >> text="This call goes on in another window"');
    expect(await faultsOf(ada)).toEqual([]);
  });
}

test("[CP29] axe finds a fault where there is one", async ({ guest }) => {
  const ada = await guest({ name: "" });
  await ada.page.evaluate(() => document.querySelector("#app")?.append(document.createElement("button")));
  expect((await faultsOf(ada)).join()).toContain("button-name");
});

test("[CP30] the keyboard alone leads through the page: in order, with the focus to be seen", async ({ guest }) => {
  const ada = await guest({ name: "" });
  await ada.page.focus("#name");
  await ada.page.keyboard.type("Ada");
  await ada.page.keyboard.press("Enter");
  // What is said while media connects can be focused, too, and goes away with that.
  await ada.page.waitForSelector('.call[data-state="joined"][data-media="connected"]');
  await ada.page.waitForSelector(".trouble", { state: "detached" });
  const seen: string[] = [];
  for (let step = 0; step < 20 && seen.at(-1) !== "leave"; step += 1) {
    await ada.page.keyboard.press("Tab");
    seen.push(await ada.page.evaluate(() => document.activeElement?.getAttribute("data-action") ?? "other"));
    const outline = await ada.page.evaluate(
      () => getComputedStyle(document.activeElement ?? document.body).outlineStyle,
    );
    expect(outline, `after ${seen}`).toBe("solid");
  }
  const order = ["people", "share", "microphone", "camera", "screen", "chat", "settings", "statistics", "leave"];
  expect(seen.filter((action) => action !== "other")).toEqual(order);
  await ada.page.keyboard.press("Enter");
  await ada.page.waitForSelector("text=You left the call");
});
