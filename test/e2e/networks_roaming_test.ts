import { describe, expect, vi } from "vitest";
import type { ClientPage } from "../kit/client_page.ts";
import { explained } from "../kit/explained.ts";
import { missingForNetworks } from "../kit/network/missing_for_networks.ts";
import { networkTest } from "../kit/network/network_e2e.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const missing = missingForNetworks();

/** A phone in a Wi-Fi, which can be given a mobile network, too; the name of an interface shows which it is. */
const test = networkTest.extend("phone", async ({ internet }) => {
  const wifi = await internet.addRouter({ nat: "cone" });
  const mobile = await internet.addRouter({ nat: "symmetric" });
  const host = await wifi.addHost();
  return {
    host,
    connectMobile: () => mobile.attach(host, { name: "eth1", metric: 200 }),
    // An address goes with its network.
    leaveWifi: () => host.namespace.run("ip link set eth0 down; ip addr flush dev eth0"),
  };
});

async function enter(guests: readonly ClientPage[], { url, room }: { url: string; room: string }): Promise<void> {
  for (const guest of guests) {
    await guest.make(room, { url });
    await guest.call("preview", "camera");
    await guest.join();
    await guest.call("publishDrawing", "drawing");
    await guest.call("openChannel", "chat");
  }
}

/** Pictures and data go both ways. */
async function expectCall(ada: ClientPage, bob: ClientPage): Promise<void> {
  for (const [from, to] of [
    [ada, bob],
    [bob, ada],
  ] as const) {
    await to.call("sees", from.id, "drawing", 20, 40_000);
    const before = (await to.call<readonly object[]>("channelGot", "chat", 0)).length;
    await from.call("sendText", "chat", "hello");
    const got = await to.call<readonly object[]>("channelGot", "chat", before + 1);
    expect(got.at(-1)).toEqual({ from: from.id, text: "hello" });
  }
}

/** Begins to look for pauses; they are told at the end, and not judged: a busy machine has some of its own. */
async function watchPauses(ada: ClientPage, bob: ClientPage) {
  await ada.call("watchPauses", bob.id, "drawing");
  await bob.call("watchPauses", ada.id, "drawing");
  return async () => {
    const [inward, outward] = [await ada.call<number>("longestPauseMs"), await bob.call<number>("longestPauseMs")];
    return `no picture for ${Math.round(inward)} ms to the phone, and ${Math.round(outward)} ms from it`;
  };
}

describe.skipIf(missing !== undefined)(`roaming${missing === undefined ? "" : ` (skipped: ${missing})`}`, () => {
  test.concurrent("[NET5] a call goes on when the Wi-Fi ends and a mobile network comes", async ({
    phone,
    internet,
    nodeIn,
    visit,
    annotate,
  }) => {
    const node = await nodeIn("public address", "nothing more");
    const [ada, bob] = [await visit(phone.host, node), await visit(await internet.addHost(), node)];
    await enter([ada, bob], { url: node.wsUrl, room: "wifi-to-mobile" });
    await expectCall(ada, bob);
    const fragment = await ada.call("usernameFragment");
    const pauses = await watchPauses(ada, bob);
    phone.leaveWifi();
    phone.connectMobile();
    // The socket is dead, and the session is taken up on another.
    await ada.call("saw", "state-changed", 6);
    await ada.call("stateIs", "joined");
    await expectCall(ada, bob);
    // The same member, channel and peer connection, by other credentials: the SDK restarted ICE.
    expect(await ada.call("id")).toBe(ada.id);
    expect(await ada.call("usernameFragment")).not.toBe(fragment);
    expect(await bob.call("countOf", "peer-left")).toBe(0);
    expect(await explained(node, ada.id, ({ state }) => state === "connected")).toMatchObject({ isWell: true });
    await annotate(await pauses());
  });

  test.concurrent("[NET5] a call goes on over the mobile network that was there when the Wi-Fi ends", async ({
    phone,
    internet,
    nodeIn,
    visit,
    annotate,
  }) => {
    phone.connectMobile();
    const node = await nodeIn("public address", "nothing more");
    const [ada, bob] = [await visit(phone.host, node), await visit(await internet.addHost(), node)];
    await enter([ada, bob], { url: node.wsUrl, room: "mobile-too" });
    await expectCall(ada, bob);
    const fragment = await ada.call("usernameFragment");
    const pauses = await watchPauses(ada, bob);
    phone.leaveWifi();
    await expectCall(ada, bob);
    const isRestarted = (await ada.call("usernameFragment")) !== fragment;
    expect(await ada.call("id")).toBe(ada.id);
    expect(await bob.call("countOf", "peer-left")).toBe(0);
    expect(await explained(node, ada.id, ({ state }) => state === "connected")).toMatchObject({ isWell: true });
    await annotate(`${isRestarted ? "ICE restart" : "another pair"}: ${await pauses()}`);
  });
});
