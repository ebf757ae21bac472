import { expect } from "vitest";
import { type CallPage, giveScreen, callTest as test } from "../kit/call_page.ts";

interface Watch {
  /** Whether an element of the first kind lies on one of the second. */
  covers(first: string, second: string): boolean;
  /** The notices that there were, and those of them that lay on a name. */
  readonly seen: Set<string>;
  readonly covering: Set<string>;
}

/** Looks at every notice as soon as it is there: under load it may be gone before a test asks for it. */
function watchNotices(): void {
  const covers = (first: string, second: string) => {
    const boxes = (selector: string) =>
      [...document.querySelectorAll(selector)].map((each) => each.getBoundingClientRect());
    return boxes(first).some((one) =>
      boxes(second).some(
        (other) => one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom,
      ),
    );
  };
  const watch: Watch = { covers, seen: new Set(), covering: new Set() };
  Object.assign(globalThis, { watch });
  new MutationObserver(() => {
    for (const notice of document.querySelectorAll(".notice strong")) {
      watch.seen.add(notice.textContent ?? "");
      if (covers(".notice", ".tile-label")) watch.covering.add(notice.textContent ?? "");
    }
  }).observe(document, { subtree: true, childList: true });
}

async function covers({ page }: CallPage, first: string, second: string): Promise<boolean> {
  return await page.evaluate(([one, other]) => (globalThis as unknown as { watch: Watch }).watch.covers(one, other), [
    first,
    second,
  ] as const);
}

test("[CP45] what happened covers no name, on a wide screen and a phone", async ({ guest }) => {
  const ada = await guest({ name: "Ada", before: watchNotices });
  const phone = await guest({
    name: "Phone",
    before: watchNotices,
    context: { viewport: { width: 390, height: 844 } },
  });
  for (const name of ["Bo", "Cy"]) await guest({ name });
  for (const { page } of [ada, phone]) {
    await page.waitForFunction(() => (globalThis as unknown as { watch: Watch }).watch.seen.has("Cy joined"));
    const covering = await page.evaluate(() => [...(globalThis as unknown as { watch: Watch }).watch.covering]);
    expect(covering).toEqual([]);
  }
  // It is found where something is covered.
  expect(await covers(ada, ".tile", ".tile-label")).toBe(true);
});

test("[CP52] where no media gets through one thing is said, which stays, leads to the check and covers no picture", async ({
  guest,
}) => {
  const ada = await guest({
    name: "Ada",
    before: watchNotices,
    prepare: (page) =>
      page.routeWebSocket(/\/ws$/, (socket) => {
        const server = socket.connectToServer();
        // Each side looks for the other where nobody is.
        const elsewhere = (message: string | Buffer) =>
          String(message).replaceAll(/(candidate:\S+ \d+ \w+ \d+) \S+ \d+/g, "$1 203.0.113.9 4000");
        socket.onMessage((message) => server.send(elsewhere(message)));
        server.onMessage((message) => socket.send(elsewhere(message)));
      }),
  });
  await ada.page.waitForSelector('.trouble-title >> text="Sound and picture do not get through from this network"');
  for (const viewport of [
    { width: 1280, height: 720 },
    { width: 390, height: 844 },
  ]) {
    await ada.page.setViewportSize(viewport);
    // The tiles are laid out anew after the window is.
    await ada.page.waitForFunction(() => {
      const { watch } = globalThis as unknown as { watch: Watch };
      return ![".tile", ".invite", ".top"].some((other) => watch.covers(".trouble", other));
    });
  }
  expect(await ada.page.getAttribute('.trouble a[href^="/check#"]', "target")).toBe("_blank");
  expect(await ada.page.textContent(".call")).not.toMatch(/The server did not do that|few seconds at most/);
  // The next attempt is under way: the words stay.
  const isNext = (state: string) => ada.page.waitForSelector(`.trouble[data-media="${state}"]`);
  await isNext("new");
  await isNext("connecting");
  expect(await ada.page.textContent(".trouble-title")).toContain("do not get through");
});

test("[CP45, CP26] the button for the sound lies beside the pictures", async ({ guest }) => {
  const ada = await guest({ name: "Ada" });
  const again = await guest({ name: "Ada two", beside: ada, before: watchNotices });
  await again.page.waitForSelector('.bar >> text="Turn the sound on"');
  await again.page.waitForSelector(again.tile("Ada"));
  await expect.poll(() => covers(again, ".bar", ".tile")).toBe(false);
});

test("[CP48] whoever is alone is told whether nobody came yet, or everybody else has left", async ({ guest }) => {
  const ada = await guest({ name: "Ada" });
  await ada.page.waitForSelector('.invite >> text="Nobody else is here yet."');
  const bo = await guest({ name: "Bo" });
  await ada.page.waitForSelector(".invite", { state: "detached" });
  await bo.act("leave");
  await ada.page.waitForSelector('.invite >> text="Everybody else has left."');
});

test("[CP3] what a name becomes is shown while it is written, and one that cannot be kept is replaced by another", async ({
  guest,
}) => {
  const ada = await guest({ name: "", hash: "#Caf%C3%A9%20am%20Eck" });
  const note = () => ada.page.textContent("#room-note");
  expect(await note()).toContain("“Café am Eck” becomes “Cafe-am-Eck”");
  expect(await ada.page.inputValue("#room")).toBe("Cafe-am-Eck");
  await ada.page.fill("#room", "Team Blue!");
  expect(await ada.page.inputValue("#room")).toBe("Team Blue!");
  expect(await note()).toContain("“Team Blue!” becomes “Team-Blue”");
  await ada.page.press("#room", "Tab");
  expect(await ada.page.inputValue("#room")).toBe("Team-Blue");
  expect(new URL(ada.page.url()).hash).toBe("#Team-Blue");
  await ada.page.fill("#room", "会议");
  await ada.page.press("#room", "Tab");
  expect(await note()).toContain("another name was chosen");
  expect(await ada.page.inputValue("#room")).toMatch(/^[a-z]+-[a-z]+-\d{4}$/);
  await ada.page.fill("#room", "Team Red");
  await ada.page.press("#room", "Enter");
  await ada.page.waitForSelector('.call[data-state="joined"]');
  expect(await ada.page.textContent(".room-name")).toBe("Team-Red");
});

test("[CP23, CP50] without camera and microphone one is told so, and joins to watch and listen", async ({ guest }) => {
  const ada = await guest({
    name: "",
    before: () => {
      navigator.mediaDevices.enumerateDevices = async () => [];
      navigator.mediaDevices.getUserMedia = async () => {
        throw new DOMException("none", "NotFoundError");
      };
    },
  });
  await ada.page.waitForSelector('.fault >> text="No camera and no microphone was found."');
  await ada.page.waitForSelector(".preview-note >> text=You can join to watch and listen.");
  expect(await ada.page.textContent('select[name="camera"]')).toBe("Camera: none found");
  expect(await ada.page.textContent('select[name="microphone"]')).toBe("Microphone: none found");
  await ada.join("Ada");
  const bo = await guest({ name: "Bo" });
  await ada.sees("Bo");
  await bo.page.waitForSelector(`${bo.tile("Ada")} .muted-mark`);
});

test("[CP2, CP47] a shared screen has the stage, and the window when it is wanted; for its owner nobody changes places", async ({
  guest,
}) => {
  const ada = await guest({ name: "Ada", before: giveScreen });
  const bo = await guest({ name: "Bo" });
  await guest({ name: "Cy" });
  for (const each of [ada, bo]) await each.page.waitForSelector(each.tile("Cy"));
  const names = () => ada.page.$$eval(".tile", (tiles) => tiles.map((tile) => tile.getAttribute("data-name")));
  expect(await names()).toEqual(["Ada", "Bo", "Cy"]);
  await ada.act("screen");
  await bo.sees("Ada", "screen");
  await ada.sees("Ada", "screen");
  expect(await names()).toEqual(["Ada", "Bo", "Cy", "Ada"]);
  const [screen, stage] = [
    await bo.page.locator(bo.tile("Ada", "screen")).boundingBox(),
    await bo.page.locator(".stage").boundingBox(),
  ];
  expect((screen?.width ?? 0) / (stage?.width ?? 1)).toBeGreaterThan(0.8);
  await bo.page.click(".full-screen");
  await bo.page.waitForFunction(() => document.fullscreenElement?.getAttribute("data-shows") === "screen");
  await bo.page.click(".full-screen");
  await bo.page.waitForFunction(() => document.fullscreenElement === null);
});
