import { setTimeout } from "node:timers/promises";
import { expect, onTestFinished } from "vitest";
import { restartTakesMs } from "../../web/client/ice_recovery.ts";
import { chromiumPage, clientTest as test } from "../kit/client_e2e.ts";
import { freePort } from "../kit/free_port.ts";
import { openMediaPath } from "../kit/room_media_path.ts";
import { startNode } from "../kit/start_node.ts";
import { startTcpProxy, type TcpProxy } from "../kit/start_tcp_proxy.ts";

async function proxyTo(wsUrl: string): Promise<TcpProxy> {
  const proxy = await startTcpProxy(wsUrl);
  onTestFinished(() => proxy.close());
  return proxy;
}

test("[CL20] a killed socket is replaced without a reload, and all goes on as it was", async ({ enter, node }) => {
  const proxy = await proxyTo(node.wsUrl);
  const first = await enter();
  const second = await enter({ room: { url: proxy.wsUrl, name: "Grace", metadata: 1 } });
  await second.call("openChannel", "chat");
  await first.call("openChannel", "chat");
  await second.sees(first);
  await first.sees(second);
  await second.call("mute", "microphone");
  const fragment = await second.call("usernameFragment");
  proxy.cut();
  await second.call("saw", "state-changed", 4);
  await second.call("stateIs", "joined");
  // The same peer, and its peer connection was never touched.
  expect(await second.call("id")).toBe(second.id);
  expect(await second.call("usernameFragment")).toBe(fragment);
  await first.call("others", 1);
  expect(await first.peers()).toMatchObject([{ id: second.id, name: "Grace", metadata: 1 }]);
  await second.sees(first);
  await second.hears(first);
  await first.sees(second);
  await first.call("mutedIs", second.id, "microphone", true);
  await second.call("channelIsOpen", "chat");
  await first.call("sendText", "chat", "still here?");
  expect(await second.call("channelGot", "chat", 1)).toEqual([{ from: first.id, text: "still here?" }]);
  expect(await second.call("elementCount")).toBe(2);
  // The room is told of nobody's leaving who stayed.
  for (const guest of [first, second]) expect(await guest.call("countOf", "peer-left")).toBe(0);
});

test("[CL21] offline it waits and says so; back online it joins at once", async ({ enter, visit, node }) => {
  const proxy = await proxyTo(node.wsUrl);
  const first = await enter();
  const second = await visit({ room: { url: proxy.wsUrl } });
  await second.join();
  await second.call("publishCamera");
  const context = chromiumPage(second).context();
  await context.setOffline(true);
  proxy.cut();
  await second.call("stateIs", "waiting");
  expect(await second.call("explain")).toMatch(/^Not connected: it is tried again in .* s \(attempt \d+\)\. .*offline/);
  await expect.poll(() => first.peers()).toMatchObject([{ id: second.id, state: "reconnecting" }]);
  await context.setOffline(false);
  await second.call("stateIs", "joined");
  await expect.poll(() => first.peers()).toMatchObject([{ id: second.id, state: "connected" }]);
  await first.sees(second);
  await second.sees(first);
});

test("[CL22] a socket that falls silent is found when the page wakes up, and replaced", async ({ enter, node }) => {
  const proxy = await proxyTo(node.wsUrl);
  const guest = await enter({ sends: [], room: { url: proxy.wsUrl } });
  proxy.freeze();
  await chromiumPage(guest).evaluate("document.dispatchEvent(new Event('resume'))");
  await guest.call("stateIs", "waiting");
  expect(await guest.call("explain")).toContain("The server was silent for");
  proxy.thaw();
  await guest.call("stateIs", "joined");
});

test("[CL23] a node that is stopped and started again has everybody back", async ({ visit }) => {
  // A port that the system picked cannot be had again while its last connections are in TIME_WAIT.
  const port = await freePort();
  const node = await startNode({ port });
  const guests = [
    await visit({ room: { url: node.wsUrl, name: "Ada" } }),
    await visit({ room: { url: node.wsUrl, name: "Grace" } }),
  ] as const;
  for (const guest of guests) {
    await guest.join();
    await guest.call("publishCamera");
  }
  const [first, second] = guests;
  await first.sees(second);
  await node.stop();
  await first.call("saw", "state-changed", 4);
  const again = await startNode({ port });
  onTestFinished(() => again.stop().then(() => undefined));
  for (const guest of guests) {
    await guest.call("stateIs", "joined");
    guest.id = await guest.call("id");
  }
  for (const guest of guests) await guest.call("others", 1);
  await first.sees(second);
  await second.sees(first);
  // What became of the media as the node went is no trouble of theirs.
  for (const guest of guests) {
    const events = await guest.call<{ name: string; value: { code: string } }[]>("events");
    expect(events.flatMap(({ name, value }) => (name === "error" ? value.code : []))).toEqual(["shutting-down"]);
  }
});

test("[CL24] a server that is not there is tried until the time is over, and the error says what to do", async ({
  visit,
}) => {
  const guest = await visit({ room: { url: "ws://127.0.0.1:9/ws", joinTimeoutMs: 1_500 } });
  const error = await guest.call<{ message: string }>("refusal", "join");
  expect(error).toMatchObject({ name: "ClientError", code: "unreachable" });
  expect(error.message).toBe(
    "Cannot connect to ws://127.0.0.1:9/ws (close code 1006). Check the address, the network and that the server runs.",
  );
  expect(await guest.call("state")).toBe("failed");
  expect(await guest.call("explain")).toContain(
    "it is not tried again. The last time: Cannot connect to ws://127.0.0.1:9",
  );
});

test("[CL25] media whose peer connection the server ended begins again beside the same membership", async ({
  enter,
}) => {
  const first = await enter();
  const second = await enter();
  await second.sees(first);
  await second.call("endMediaOnServer");
  await second.call("saw", "error");
  await second.call("mediaIs", "connected");
  await second.sees(first);
  await first.sees(second);
  expect(await first.call("countOf", "peer-left")).toBe(0);
  expect(await second.call("id")).toBe(second.id);
});

test("[CL26] media that is interrupted while the socket lives goes on after an ICE restart", async ({ enter }) => {
  const path = openMediaPath();
  onTestFinished(() => path.close());
  const first = await enter();
  const second = await enter({ path });
  await second.sees(first);
  await first.sees(second);
  const before = await second.call("usernameFragment");
  path.loss = 1;
  await second.call("mediaIs", "disconnected");
  expect(await second.call("explain")).toContain("Media is interrupted: nothing comes from the server");
  await expect.poll(() => second.call("usernameFragment"), { timeout: 15_000 }).not.toBe(before);
  path.loss = 0;
  await second.call("mediaIs", "connected");
  await second.sees(first);
  await first.sees(second);
  expect(await second.call("id")).toBe(second.id);
  expect(await first.call("countOf", "peer-left")).toBe(0);
});

test("[CL27] on another network the socket is replaced and ICE restarted at once; media that went on all the time are kept", async ({
  enter,
  firefox,
}) => {
  const first = await enter();
  const second = await enter({ browser: firefox });
  await second.sees(first);
  await first.sees(second);
  const guests = [first, second];
  const fragments = () => Promise.all(guests.map((guest) => guest.call<string>("usernameFragment")));
  const before = await fragments();
  for (const { page } of guests) await page.evaluate("dispatchEvent(new Event('online'))");
  await expect.poll(async () => (await fragments()).some((fragment) => before.includes(fragment))).toBe(false);
  const restarted = await fragments();
  // As long as a restart may take: one that was not needed is none that did not help.
  await setTimeout(restartTakesMs + 1_000);
  for (const guest of guests) await guest.call("mediaIs", "connected");
  expect(await fragments()).toEqual(restarted);
  expect(await Promise.all(guests.map((guest) => guest.call("id")))).toEqual(guests.map(({ id }) => id));
  await second.sees(first);
  await first.sees(second);
  for (const guest of guests) {
    expect(await guest.call("countOf", "peer-left")).toBe(0);
    expect(await guest.call("countOf", "error")).toBe(0);
  }
});
