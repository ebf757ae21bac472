import { expect } from "vitest";
import { type CallPage, giveScreen, callTest as test } from "../kit/call_page.ts";
import { startTcpProxy } from "../kit/start_tcp_proxy.ts";

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

/** The line of somebody in the list of people. */
function line(name: string): string {
  return `.people .person[data-name="${name}"]`;
}

async function focused({ page }: CallPage): Promise<string | null | undefined> {
  return await page.evaluate(() => document.activeElement?.getAttribute("data-action"));
}

test("[CP43] the list says who is there, who is heard and seen, who shares and who reconnects; their number stands above", async ({
  guest,
  node,
}) => {
  const proxy = await startTcpProxy(node.wsUrl);
  const url = proxy.wsUrl.replace(/^ws/, "http").replace(/\/ws$/, "");
  try {
    const ada = await guest({ name: "Ada" });
    await ada.page.waitForSelector('[data-action="people"][aria-label="People: only you"]');
    const bo = await guest({ name: "Bo", url, before: giveScreen });
    await ada.page.waitForSelector('[data-action="people"][aria-label="People: 2 in the call"]');
    await ada.page.keyboard.press("p");
    for (const kind of ["microphone", "camera"])
      await ada.page.waitForSelector(`${line("Bo")} [data-kind="${kind}"][data-on="true"]`);
    expect(await ada.page.textContent(line("Ada"))).toContain("(you)");
    await bo.act("microphone");
    await ada.page.waitForSelector(`${line("Bo")} [data-kind="microphone"][data-on="false"]`);
    expect(await ada.page.textContent(line("Bo"))).toContain(", microphone off");
    await bo.act("screen");
    await ada.page.waitForSelector(`${line("Bo")} >> text=Shares a screen`);
    await ada.page.waitForSelector(`${line("Bo")} .person-quality[aria-label^="Connection: "]`);
    proxy.freeze();
    proxy.cut();
    await ada.page.waitForSelector(`${line("Bo")} >> text=Reconnecting…`);
    proxy.thaw();
    proxy.cut();
    await ada.page.waitForSelector(`${line("Bo")} >> text=Reconnecting…`, { state: "detached" });
    await bo.act("leave");
    await ada.page.waitForSelector(line("Bo"), { state: "detached" });
    // One place for both: the chat takes it.
    await ada.page.keyboard.press("c");
    await ada.page.waitForSelector(".people", { state: "detached" });
    await ada.page.waitForSelector(".chat");
    await ada.act("people");
    await ada.page.waitForSelector(".chat", { state: "detached" });
    await ada.page.keyboard.press("Escape");
    await ada.page.waitForSelector(".people", { state: "detached" });
    expect(await focused(ada)).toBe("people");
  } finally {
    await proxy.close();
  }
});

test("[CP44] the link is copied from the sheet, or handed to the device's own sharing, and the focus comes back", async ({
  guest,
  node,
  room,
}) => {
  const ada = await guest({
    name: "Ada",
    context: { permissions: ["clipboard-read", "clipboard-write"] },
    before: () => {
      const page = globalThis as unknown as { shared?: ShareData };
      navigator.share = async (data) => {
        if (data !== undefined) page.shared = data;
      };
    },
  });
  const link = `${node.url}/#${room}`;
  await ada.page.focus('[data-action="share"]');
  await ada.page.keyboard.press("Enter");
  expect(await ada.page.inputValue("dialog .share-link")).toBe(link);
  await ada.page.click('dialog >> text="Copy link"');
  await ada.page.waitForSelector('dialog >> text="Link copied"');
  expect(await ada.page.evaluate(() => navigator.clipboard.readText())).toBe(link);
  await ada.page.click('dialog >> text="Share…"');
  expect(await ada.page.evaluate(() => (globalThis as unknown as { shared?: ShareData }).shared?.url)).toBe(link);
  await ada.page.keyboard.press("Escape");
  await ada.page.waitForSelector("dialog", { state: "detached" });
  expect(await focused(ada)).toBe("share");
  await ada.act("people");
  await ada.page.click('.people >> text="Invite people"');
  await ada.page.waitForSelector("dialog .share-link");
});

test("[CP49] a phone is shown no keys and no hints for a pointer, and panels as wide as it is", async ({ guest }) => {
  const ada = await guest({ name: "Ada", context: phone });
  const bo = await guest({ name: "Bo" });
  await ada.page.waitForSelector(ada.tile("Bo"));
  const widthOf = async (selector: string) => (await ada.page.locator(selector).boundingBox())?.width;
  await ada.act("people");
  expect(await widthOf(".people")).toBe(390);
  await ada.page.click('[aria-label="Close people"]');
  for (const action of ["share", "settings"]) {
    await ada.act(action);
    expect(await widthOf("dialog"), action).toBe(390);
    expect(await ada.page.textContent("dialog")).not.toContain("Single keys");
    await ada.page.click('dialog [aria-label="Close"]');
  }
  expect(await ada.page.getAttribute(`${ada.tile("Bo")} .pin`, "title")).toBeNull();
  await bo.act("settings");
  await bo.page.waitForSelector("dialog >> text=M: microphone");
});

test("[CP36] with two people on a phone, whoever is pinned is larger than before", async ({ guest }) => {
  const ada = await guest({ name: "Ada", context: phone });
  await guest({ name: "Bo" });
  await ada.sees("Bo");
  const heightOf = async (name: string) => (await ada.page.locator(ada.tile(name)).boundingBox())?.height ?? 0;
  const before = await heightOf("Bo");
  for (const name of ["Bo", "Ada"]) {
    await ada.page.tap(ada.tile(name));
    await ada.page.waitForSelector(`${ada.tile(name)}.featured .pin[aria-pressed="true"]`);
    await expect.poll(() => heightOf(name)).toBeGreaterThan(before * 1.1);
  }
});
