import { expect } from "vitest";
import type { Application, RoomMember } from "../../mod.ts";
import { type CallPage, callTest as test } from "../kit/call_page.ts";
import { startProgram } from "../kit/start_program.ts";

/** Counts what is asked of getUserMedia in `window.asked`, and lets a test say what there is: `window.refuse`. */
function countQuestions(): void {
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  const page = globalThis as unknown as { asked: string[]; refuse?: (what: string) => string | undefined };
  page.asked = [];
  navigator.mediaDevices.getUserMedia = async (constraints = {}) => {
    const what = Object.keys(constraints).sort().join("+");
    page.asked.push(what);
    const name = page.refuse?.(what);
    if (name !== undefined) throw new DOMException("refused by the test", name);
    return await open(constraints);
  };
}

async function askedOf({ page }: CallPage): Promise<readonly string[]> {
  return await page.evaluate(() => (globalThis as unknown as { asked: string[] }).asked);
}

test("[CP35] camera and microphone are asked for in one question", async ({ guest }) => {
  const ada = await guest({ name: "", before: countQuestions });
  await ada.page.waitForSelector(".preview video");
  expect(await askedOf(ada)).toEqual(["audio+video"]);
  await ada.join("Ada");
  await ada.page.waitForSelector('[data-action="microphone"][data-on="true"]');
  expect(await askedOf(ada)).toEqual(["audio+video"]);
});

test("[CP35] where there is no camera, or it is refused for good, the microphone is opened alone", async ({
  guest,
}) => {
  for (const reason of ["NotFoundError", "NotAllowedError"]) {
    const ada = await guest({
      name: "",
      before: `(${countQuestions})(); refuse = (what) => (what.includes("video") ? "${reason}" : undefined);
        navigator.permissions.query = async ({ name }) => ({ state: name === "camera" ? "denied" : "prompt" });`,
    });
    await ada.page.waitForSelector('.fault[data-kinds="camera"]');
    await ada.join("Ada");
    await ada.page.waitForSelector('[data-action="microphone"][data-on="true"]');
    expect((await askedOf(ada)).toSorted()).toEqual(["audio", "audio+video", "video"]);
  }
});

test("[CP35] a question that was closed is not asked again", async ({ guest }) => {
  const ada = await guest({
    name: "",
    before: `(${countQuestions})(); refuse = () => "NotAllowedError";
      navigator.permissions.query = async () => ({ state: "prompt" });`,
  });
  await ada.page.waitForSelector('.fault[data-kinds="camera microphone"]');
  expect(await askedOf(ada)).toEqual(["audio+video"]);
  await ada.page.evaluate("refuse = undefined");
  await ada.page.click(".fault button");
  await ada.page.waitForSelector(".preview video");
  expect(await askedOf(ada)).toEqual(["audio+video", "audio+video"]);
});

test("[CP37] a click on a device that is still being opened publishes nothing twice", async ({ guest }) => {
  const ada = await guest({
    name: "Ada",
    before: `(${countQuestions})();
      const open = navigator.mediaDevices.getUserMedia;
      const allowed = new Promise((resolve) => addEventListener("allow", resolve, { once: true }));
      navigator.mediaDevices.getUserMedia = async (constraints) => { await allowed; return await open(constraints); };`,
  });
  const bo = await guest({ name: "Bo" });
  await ada.page.waitForSelector('[data-action="camera"][aria-busy="true"]');
  // Playwright takes aria-disabled for a reason to wait.
  for (const action of ["camera", "camera", "microphone"])
    await ada.page.dispatchEvent(`[data-action="${action}"]`, "click");
  await ada.page.evaluate(() => dispatchEvent(new Event("allow")));
  await bo.sees("Ada");
  await ada.page.waitForSelector('[data-action="camera"][data-on="true"]:not([aria-busy])');
  await ada.page.waitForSelector('[data-action="microphone"][data-on="true"]:not([aria-busy])');
  expect(await askedOf(ada)).toEqual(["audio+video"]);
  const sources = ada.sent.flatMap((text) => text.match(/"source":"\w+"/g) ?? []);
  expect(new Set(sources).size).toBe(2);
  expect(sources.filter((source) => source.includes("camera")).length).toBe(
    sources.filter((source) => source.includes("microphone")).length,
  );
});

test("[CP36] a click or a key pins somebody, which is seen and said, and another one takes it back", async ({
  guest,
}) => {
  const ada = await guest({ name: "Ada" });
  const bo = await guest({ name: "Bo" });
  await guest({ name: "Cy" });
  await bo.page.waitForSelector(bo.tile("Cy"));
  await ada.page.waitForSelector(ada.tile("Cy"));
  expect(await ada.page.$(".tile.featured")).toBeNull();
  await ada.page.getByRole("button", { name: "Pin Bo" }).click();
  await ada.page.waitForSelector(`${ada.tile("Bo")}.featured`);
  await ada.page.getByRole("button", { name: "Pin Bo", pressed: true }).waitFor();
  // By keyboard: one stop for all tiles, arrows between them.
  await ada.page.focus('[data-action="microphone"]');
  await ada.page.keyboard.press("Shift+Tab");
  await ada.page.keyboard.press("End");
  expect(await ada.page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe("Pin Cy");
  await ada.page.keyboard.press("Enter");
  await ada.page.waitForSelector(`${ada.tile("Cy")}.featured`);
  expect(await ada.page.$(`${ada.tile("Bo")}.featured`)).toBeNull();
  await ada.page.keyboard.press("Space");
  await ada.page.waitForSelector(".tile.featured", { state: "detached" });
});

test("[CP38, CP46] a token in the link lets its owner in, and is neither in the address nor in the link that is copied", async ({
  guest,
  room,
}) => {
  const tokens: (string | null)[] = [];
  const application: Application = {
    joinRequested(request) {
      tokens.push(request.token);
      if (request.token !== "open sesame") request.refuse("the password is wrong");
    },
  };
  const { node } = await startProgram(application);
  const ada = await guest({
    name: "Ada",
    url: node.url,
    hash: `#${room}?token=open%20sesame`,
    context: { permissions: ["clipboard-read", "clipboard-write"] },
  });
  expect(ada.page.url()).toBe(`${node.url}/#${room}`);
  await ada.page.click(".invite >> text=Copy link");
  await ada.page.waitForSelector("text=Link copied");
  expect(await ada.page.evaluate(() => navigator.clipboard.readText())).toBe(`${node.url}/#${room}`);
  await ada.page.reload();
  await ada.join("Ada");
  const bo = await guest({ name: "", url: node.url });
  await bo.page.click('.join button[type="submit"]');
  await bo.page.waitForSelector('h1 >> text="You may not join this room"');
  expect(await bo.page.textContent(".reason q")).toBe("the password is wrong");
  // The right link, pasted into the same tab.
  await bo.page.goto(`${node.url}/#${room}?token=open%20sesame`);
  await bo.page.getByRole("button", { name: "Try again" }).click();
  await bo.page.waitForSelector('.call[data-state="joined"]');
  expect(bo.page.url()).toBe(`${node.url}/#${room}`);
  expect(tokens).toEqual(["open sesame", "open sesame", null, "open sesame"]);
});

test("[CP39] offline is said at once, nothing is sent into nothing, and all comes back without a reload", async ({
  guest,
}) => {
  const ada = await guest({ name: "Ada" });
  const bo = await guest({ name: "Bo" });
  await bo.sees("Ada");
  await ada.sees("Bo");
  const loaded = await ada.page.evaluate(() => performance.timeOrigin);
  // Chromium's emulation lets a WebSocket that is open hang, opens no other, and leaves the UDP of WebRTC alone.
  await ada.page.context().setOffline(true);
  await ada.page.waitForSelector('.trouble >> text="You are offline"');
  await ada.act("chat");
  await ada.page.fill("#chat-text", "hello?");
  await ada.page.press("#chat-text", "Enter");
  await ada.page.waitForSelector('.notice.fault >> text="The message was not sent"');
  await ada.page.waitForSelector('.call[data-state="waiting"], .call[data-state="connecting"]');
  await ada.page.context().setOffline(false);
  await ada.page.waitForSelector('.call[data-state="joined"]');
  await ada.page.waitForSelector(".trouble", { state: "detached" });
  await ada.page.press("#chat-text", "Enter");
  await bo.page.waitForSelector('.notices >> text="hello?"');
  await bo.sees("Ada");
  await ada.sees("Bo");
  expect(await ada.page.evaluate(() => performance.timeOrigin)).toBe(loaded);
  expect(await bo.page.locator(".tile").count()).toBe(2);
});

test("[CP40, CP46] whoever is put out of the room is told so, and why, stays out, and may come back", async ({
  guest,
}) => {
  const members: RoomMember[] = [];
  const { node } = await startProgram({
    roomOpened: (room) => {
      room.onmemberjoined = (member) => members.push(member);
    },
  });
  const ada = await guest({ name: "Ada", url: node.url });
  const bo = await guest({ name: "Bo", url: node.url });
  await bo.sees("Ada");
  members[0]?.remove("enough");
  await ada.page.waitForSelector('h1 >> text="You were put out of the room"');
  expect(await ada.page.textContent(".reason q")).toBe("enough");
  await bo.page.waitForSelector(bo.tile("Ada"), { state: "detached" });
  await bo.page.waitForSelector('.notices >> text="Ada was put out"');
  expect(await ada.page.evaluate(() => document.activeElement?.tagName)).toBe("H1");
  await ada.page.waitForSelector("text=To the first screen");
  expect(members.length).toBe(2);
  await ada.page.getByRole("button", { name: "Come back" }).click();
  await bo.sees("Ada");
});

test("[CP41] a second tab is a second person without microphone and sound, until they are turned on", async ({
  guest,
}) => {
  const ada = await guest({ name: "Ada" });
  const bo = await guest({ name: "Bo" });
  const again = await guest({ name: "", beside: ada });
  await again.page.waitForSelector(".elsewhere >> text=in another tab");
  await again.page.waitForSelector('[aria-label="Turn on microphone"]');
  await again.join("Ada two");
  await again.page.waitForSelector("text=Turn the sound on");
  for (const page of [ada, again]) await page.sees("Bo");
  await bo.sees("Ada");
  await bo.sees("Ada two");
  await bo.page.waitForSelector(`${bo.tile("Ada two")} .muted-mark`);
  expect(await bo.page.$(`${bo.tile("Ada")} .muted-mark`)).toBeNull();
  await again.page.getByRole("button", { name: "Turn the sound on" }).click();
  await again.page.waitForSelector("text=Turn the sound on", { state: "detached" });
  await again.act("microphone");
  await bo.page.waitForSelector(`${bo.tile("Ada two")} .muted-mark`, { state: "detached" });
  await ada.act("leave");
  await bo.page.waitForSelector(ada.tile("Ada"), { state: "detached" });
  await bo.sees("Ada two");
});

test("[CP41] a second tab takes the call over, and the first one takes it back", async ({ guest }) => {
  const ada = await guest({ name: "Ada" });
  const bo = await guest({ name: "Bo" });
  const again = await guest({ name: "", beside: ada });
  await again.page.getByRole("button", { name: "Move the call here" }).click();
  await again.page.waitForSelector('.call[data-state="joined"]');
  await again.page.waitForSelector('[data-action="microphone"][data-on="true"]');
  expect(await again.page.$("text=Turn the sound on")).toBeNull();
  await ada.page.waitForSelector('h1 >> text="This call goes on in another window"');
  await bo.sees("Ada");
  await ada.page.getByRole("button", { name: "Take it back" }).click();
  await again.page.waitForSelector('h1 >> text="This call goes on in another window"');
  await ada.sees("Bo");
  await bo.page.waitForSelector(`${bo.tile("Ada")} >> nth=1`, { state: "detached" });
  await bo.sees("Ada");
});

test("[CP42] a session that the server gave to another window says so, and is taken back", async ({ guest }) => {
  let replace = () => {};
  const ada = await guest({
    name: "Ada",
    // The server's message as docs/protocol.md has it, put between real ones.
    prepare: (page) =>
      page.routeWebSocket("**/ws", (socket) => {
        const server = socket.connectToServer();
        server.onMessage((message) => {
          const { type, peer } = JSON.parse(String(message)) as { type: string; peer: string };
          if (type === "joined")
            replace = () => socket.send(JSON.stringify({ type: "peer-left", peer, reason: "replaced" }));
          socket.send(message);
        });
      }),
  });
  const bo = await guest({ name: "Bo" });
  await bo.sees("Ada");
  replace();
  await ada.page.waitForSelector('h1 >> text="This call goes on in another window"');
  await ada.page.getByRole("button", { name: "Take it back" }).click();
  await ada.sees("Bo");
  await bo.sees("Ada");
});
