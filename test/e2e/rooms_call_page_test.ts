import { expect } from "vitest";
import { type CallPage, giveScreen, callTest as test } from "../kit/call_page.ts";
import { startTcpProxy } from "../kit/start_tcp_proxy.ts";

async function seeEachOther(guests: Readonly<Record<string, CallPage>>): Promise<void> {
  for (const guest of Object.values(guests)) for (const name of Object.keys(guests)) await guest.sees(name);
}

test("[CP20] three people who open the same link see each other, and each control is seen on the others' pages", async ({
  guest,
}) => {
  const ada = await guest({ name: "Ada", before: giveScreen });
  const bo = await guest({ name: "Bo" });
  const cy = await guest({ name: "Cy" });
  await seeEachOther({ Ada: ada, Bo: bo, Cy: cy });

  await ada.act("microphone");
  for (const other of [bo, cy]) await other.page.waitForSelector(`${other.tile("Ada")} .muted-mark`);
  expect(await bo.page.$(`${bo.tile("Cy")} .muted-mark`)).toBeNull();
  await ada.page.keyboard.press("m");
  for (const other of [bo, cy])
    await other.page.waitForSelector(`${other.tile("Ada")} .muted-mark`, { state: "detached" });

  await bo.act("camera");
  for (const other of [ada, cy]) {
    await other.page.waitForSelector(`${other.tile("Bo")} video`, { state: "detached" });
    expect(await other.page.textContent(`${other.tile("Bo")} .avatar`)).toBe("B");
  }
  await bo.act("camera");
  for (const other of [ada, cy]) await other.sees("Bo");

  await ada.act("screen");
  for (const other of [bo, cy]) {
    await other.sees("Ada", "screen");
    expect(await other.page.$(`${other.tile("Ada", "screen")}.featured`)).not.toBeNull();
  }
  // A tile among others: large, it would show itself in itself.
  await ada.sees("Ada", "screen");
  expect(await ada.page.$(".tile.featured")).toBeNull();
  await ada.page.click("text=Stop sharing");
  for (const other of [bo, cy]) await other.page.waitForSelector(other.tile("Ada", "screen"), { state: "detached" });

  await cy.act("leave");
  await cy.page.waitForSelector("text=You left the call");
  for (const other of [ada, bo]) await other.page.waitForSelector(other.tile("Cy"), { state: "detached" });
  await ada.page.waitForSelector('.notices >> text="Cy left"');
  await cy.page.click("text=Come back");
  for (const other of [ada, bo]) await other.sees("Cy");
  expect([ada.errors, bo.errors, cy.errors]).toEqual([[], [], []]);
});

test("[CP21] the chat reaches everybody, counts what is unread, and is read out", async ({ guest }) => {
  const ada = await guest({ name: "Ada" });
  const bo = await guest({ name: "Bo" });
  await ada.page.waitForSelector(ada.tile("Bo"));
  await ada.page.keyboard.press("c");
  await ada.page.keyboard.type("hello Bo, see https://a.example/x");
  await ada.page.keyboard.press("Enter");
  await bo.page.waitForSelector('[role="log"] >> text="hello Bo, see https://a.example/x"');
  await bo.page.waitForSelector('[data-action="chat"][aria-label="Chat, 1 unread"]');
  await bo.act("chat");
  expect(await bo.page.getAttribute(".message-text a", "href")).toBe("https://a.example/x");
  await bo.page.waitForSelector('[data-action="chat"][aria-label="Chat"]');
  // Letters are letters while somebody writes: nobody is muted by an m.
  await bo.page.keyboard.type("mmm");
  expect(await bo.page.getAttribute('[data-action="microphone"]', "data-on")).toBe("true");
  await bo.page.keyboard.press("Escape");
  await bo.page.waitForSelector(".chat", { state: "detached" });
  expect(await bo.page.evaluate(() => document.activeElement?.getAttribute("data-action"))).toBe("chat");
});

test("[CP22] a lost connection is shown with its reason, and comes back without a reload", async ({ guest, node }) => {
  const proxy = await startTcpProxy(node.wsUrl);
  const url = proxy.wsUrl.replace(/^ws/, "http").replace(/\/ws$/, "");
  try {
    const ada = await guest({ name: "Ada", url });
    const bo = await guest({ name: "Bo" });
    await bo.sees("Ada");
    const loaded = await ada.page.evaluate(() => performance.timeOrigin);
    proxy.freeze();
    proxy.cut();
    await ada.page.waitForSelector('.trouble >> text="Connection lost. Reconnecting…"');
    await ada.page.waitForSelector(".trouble >> text=The call goes on by itself");
    expect(await ada.page.isVisible(".trouble-why")).toBe(false);
    await ada.page.click(".trouble summary");
    expect(await ada.page.textContent(".trouble-why")).toMatch(/Not connected|Connecting to|waiting for the server/);
    expect(await ada.page.isVisible(".trouble-why")).toBe(true);
    await ada.act("chat");
    await ada.page.fill("#chat-text", "are you there?");
    await ada.page.press("#chat-text", "Enter");
    await ada.page.waitForSelector('.notice.fault >> text="The message was not sent"');
    expect(await ada.page.inputValue("#chat-text")).toBe("are you there?");
    proxy.thaw();
    proxy.cut();
    await ada.page.waitForSelector(".trouble", { state: "detached" });
    await ada.page.press("#chat-text", "Enter");
    await bo.page.waitForSelector('.notices >> text="are you there?"');
    await seeEachOther({ Ada: ada, Bo: bo });
    expect(await ada.page.evaluate(() => performance.timeOrigin)).toBe(loaded);
  } finally {
    await proxy.close();
  }
});

test("[CP23] refused devices are said in plain words, and one joins without", async ({ guest, strictChromium }) => {
  const ada = await guest({ name: "", browser: strictChromium });
  await ada.page.waitForSelector('.fault >> text="The browser does not allow camera and microphone."');
  await ada.page.waitForSelector(".fault >> text=Try again");
  await ada.page.waitForSelector('.join button >> text="Join to watch and listen"');
  await ada.join("Ada");
  const bo = await guest({ name: "Bo" });
  await ada.sees("Bo");
  await bo.page.waitForSelector(`${bo.tile("Ada")} .muted-mark`);
  await ada.act("microphone");
  await ada.page.waitForSelector('.notice.fault >> text="The browser does not allow the microphone"');
});

test("[CP24] camera and microphone that are off before joining are off in the call, and are remembered with the name", async ({
  guest,
}) => {
  const ada = await guest({ name: "" });
  await ada.page.click('[aria-label="Turn off camera"]');
  await ada.page.click('[aria-label="Turn off microphone"]');
  await ada.join("Ada");
  const bo = await guest({ name: "Bo" });
  await bo.page.waitForSelector(`${bo.tile("Ada")} .muted-mark`);
  expect(await bo.page.$(`${bo.tile("Ada")} video`)).toBeNull();
  await ada.page.reload();
  await ada.page.waitForSelector('[aria-label="Turn on camera"]');
  expect(await ada.page.inputValue("#name")).toBe("Ada");
  await ada.page.click('.join button[type="submit"]');
  await ada.act("camera");
  await bo.sees("Ada");
});

test("[CP25] small tiles ask for the smallest layer, and those out of view for nothing", async ({ guest }) => {
  const ada = await guest({ name: "Ada", before: giveScreen, context: { viewport: { width: 390, height: 844 } } });
  const bo = await guest({ name: "Bo", context: { viewport: { width: 900, height: 500 } } });
  await seeEachOther({ Ada: ada, Bo: bo });
  await ada.act("screen");
  await bo.sees("Ada", "screen");
  await expect.poll(() => bo.sent.some((text) => /"type":"subscribe".*"layer":"q"/.test(text))).toBe(true);
  expect(bo.sent.some((text) => text.includes('"unsubscribe"'))).toBe(false);
  // A window that is too low for a strip and its tiles: what has no place is not sent.
  const cy = await guest({ name: "Cy", context: { viewport: { width: 900, height: 260 } } });
  await cy.page.waitForSelector(".stage-more");
  await expect.poll(() => cy.sent.some((text) => text.includes('"unsubscribe"'))).toBe(true);
});

test("[CP26] sound that the browser holds back is turned on by a button", async ({ guest }) => {
  const ada = await guest({
    name: "Ada",
    before: () => {
      const play = HTMLMediaElement.prototype.play;
      HTMLMediaElement.prototype.play = function (this: HTMLMediaElement) {
        const isHeldBack = this instanceof HTMLAudioElement && !document.documentElement.hasAttribute("data-clicked");
        return isHeldBack ? Promise.reject(new DOMException("no", "NotAllowedError")) : play.call(this);
      };
    },
  });
  await guest({ name: "Bo" });
  await ada.page.waitForSelector("text=Turn the sound on");
  await ada.page.evaluate(() => document.documentElement.setAttribute("data-clicked", ""));
  await ada.page.click("text=Turn the sound on");
  await ada.page.waitForSelector("text=Turn the sound on", { state: "detached" });
});

test("[CP27] devices are chosen anew in the call, statistics are shown, and the connection check is a link away", async ({
  guest,
  node,
}) => {
  const ada = await guest({ name: "Ada" });
  const bo = await guest({ name: "Bo" });
  await bo.sees("Ada");
  await ada.act("settings");
  const select = ada.page.locator('dialog select[name="camera"]');
  const another = await select.locator("option").last().getAttribute("value");
  await select.selectOption(another);
  await ada.page.keyboard.press("Escape");
  await ada.page.waitForSelector("dialog", { state: "detached" });
  await bo.sees("Ada");
  await ada.page.keyboard.press("i");
  await ada.page.waitForFunction(() => /\d ms/.test(document.querySelector(".stats dl")?.textContent ?? ""));
  await ada.page.waitForFunction(() => /Waydirectly, UDP/.test(document.querySelector(".stats dl")?.textContent ?? ""));
  expect(await ada.page.getAttribute('.stats a[href^="/check#"]', "target")).toBe("_blank");
  await ada.page.goto(`${node.url}/check`);
  await ada.page.waitForSelector("#start");
});

test.for([360, 320])("[CP28] the page fits a phone of %i pixels, before and in a call", async (least, { guest }) => {
  const ada = await guest({ name: "", context: { viewport: { width: least, height: 740 } } });
  const width = () => ada.page.evaluate(() => document.documentElement.scrollWidth);
  expect(await width()).toBe(least);
  await ada.join("Ada");
  expect(await width()).toBe(least);
  for (const action of ["microphone", "leave"]) {
    const box = await ada.page.locator(`.controls [data-action="${action}"]`).boundingBox();
    expect(box?.x ?? -1).toBeGreaterThanOrEqual(0);
    expect((box?.x ?? 999) + (box?.width ?? 999)).toBeLessThanOrEqual(least);
  }
  await ada.act("chat");
  expect(await width()).toBe(least);
  const [chat, stage] = [
    await ada.page.locator(".chat").boundingBox(),
    await ada.page.locator(".call-main").boundingBox(),
  ];
  expect([chat?.height, chat?.y]).toEqual([stage?.height, stage?.y]);
});

test("[CP31] an unplugged camera is told with what to do, and is off for the others until another one is there", async ({
  guest,
}) => {
  const ada = await guest({
    name: "Ada",
    before: () => {
      const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      const list = navigator.mediaDevices.enumerateDevices.bind(navigator.mediaDevices);
      let isGone = false;
      navigator.mediaDevices.enumerateDevices = async () => (isGone ? [] : await list());
      navigator.mediaDevices.getUserMedia = async (constraints) => {
        const stream = await open(constraints);
        const [camera] = stream.getVideoTracks();
        addEventListener("unplug", () => {
          isGone = true;
          camera?.stop();
          camera?.dispatchEvent(new Event("ended"));
        });
        addEventListener("plug", () => {
          isGone = false;
          navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
        });
        return stream;
      };
    },
  });
  const bo = await guest({ name: "Bo" });
  await bo.sees("Ada");
  await ada.page.evaluate(() => dispatchEvent(new Event("unplug")));
  await ada.page.waitForSelector('.notice.fault >> text="Your camera was unplugged"');
  await bo.page.waitForSelector(`${bo.tile("Ada")} video`, { state: "detached" });
  await ada.page.evaluate(() => dispatchEvent(new Event("plug")));
  await bo.sees("Ada");
});

test("[CP33] another room in the address leaves the first one and leads to the other's first screen", async ({
  guest,
}) => {
  const ada = await guest({ name: "Ada" });
  const bo = await guest({ name: "Bo" });
  await bo.page.waitForSelector(bo.tile("Ada"));
  await ada.page.evaluate(() => {
    location.hash = "#Another Room!";
  });
  await bo.page.waitForSelector(bo.tile("Ada"), { state: "detached" });
  expect(await ada.page.inputValue("#room")).toBe("Another-Room");
  expect(await ada.page.textContent("#room-note")).toContain("“Another Room!” becomes “Another-Room”");
  expect(new URL(ada.page.url()).hash).toBe("#Another-Room");
});

test("[CP34] whoever joins before the camera is open is seen as soon as it is", async ({ guest }) => {
  const ada = await guest({
    name: "Ada",
    before: () => {
      const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      const allowed = new Promise((resolve) => addEventListener("allow", resolve, { once: true }));
      navigator.mediaDevices.getUserMedia = async (constraints) => {
        await allowed;
        return await open(constraints);
      };
    },
  });
  const bo = await guest({ name: "Bo" });
  await bo.page.waitForSelector(`${bo.tile("Ada")} .muted-mark`);
  expect(await bo.page.$(`${bo.tile("Ada")} video`)).toBeNull();
  await ada.page.evaluate(() => dispatchEvent(new Event("allow")));
  await bo.sees("Ada");
  await bo.page.waitForSelector(`${bo.tile("Ada")} .muted-mark`, { state: "detached" });
});
