import { release } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { cleanup } from "node-datachannel";
import { expect } from "vitest";
import { BenchClient } from "../../bench/kit/bench_client.ts";
import { type OpenConnection, setUpOne } from "../../bench/kit/set_up_one.ts";
import { listHostAddresses } from "../../transport/media/host_addresses.ts";
import { isHashed } from "../../transport/media/shared_port/open_shared_port.ts";
import { startAiortcClient } from "../kit/aiortc.ts";
import { e2e } from "../kit/e2e.ts";
import { eventually } from "../kit/eventually.ts";
import { freeUdpPort } from "../kit/free_udp_port.ts";
import { openPageClient } from "../kit/page_client.ts";
import { startNode } from "../kit/start_node.ts";
import { udpPortsOf } from "../kit/udp_ports_of.ts";
import { openWeriftClient } from "../kit/werift_client.ts";

const hostCount = listHostAddresses().length || 1;

const test = e2e.extend("onePort", { scope: "file" }, async ({}, { onCleanup }) => {
  const port = await freeUdpPort();
  const node = await startNode({ flags: ["--udp-ports", `${port}`] });
  onCleanup(async () => {
    await node.stop();
  });
  /** Every UDP socket of the node is one on its port. */
  const hasNoOther = () => expect(new Set(udpPortsOf(node.pid))).toEqual(new Set([port]));
  return { port, node, hasNoOther };
});

test("[OP1] a node opens its port at each address when it starts, and nothing else for any client", async ({
  onePort: { node, port, hasNoOther },
  onTestFinished,
}) => {
  expect(udpPortsOf(node.pid)).toEqual(Array.from({ length: hostCount }, () => port));
  const hasIpv6 = listHostAddresses().some((address) => address.includes(":"));
  const clients = await Promise.all(
    Array.from({ length: 20 }, (_, index) => {
      const isIpv6 = hasIpv6 && index % 2 === 1;
      return openWeriftClient(node.wsUrl, { config: { iceUseIpv4: !isIpv6, iceUseIpv6: isIpv6 } });
    }),
  );
  onTestFinished(() => Promise.all(clients.map((client) => client.close())).then(() => undefined));
  const echoes = clients.map(async (client, index) => {
    const channel = await client.openChannel("chat");
    return await channel.echo(`client ${index}`);
  });
  expect(await Promise.all(echoes)).toEqual(clients.map((_, index) => `client ${index}`));
  expect(udpPortsOf(node.pid)).toHaveLength(hostCount);
  hasNoOther();
});

test("[OP13] media of several werift clients comes back to each, also by sockets of their own, and data after ICE restarts", async ({
  onePort: { node, hasNoOther },
  onTestFinished,
}) => {
  const clients = await Promise.all(Array.from({ length: 3 }, () => openWeriftClient(node.wsUrl)));
  onTestFinished(() => Promise.all(clients.map((client) => client.close())).then(() => undefined));
  await Promise.all(
    clients.map(async (client) => {
      const track = client.addTrack("video");
      const channel = await client.openChannel("chat");
      await client.connectionState("connected");
      await track.sendUntilReturned(150);
      expect(udpPortsOf(node.pid).length > hostCount).toBe(isHashed(release()));
      const [first = 0] = track.returned;
      expect(track.returned).toEqual(track.returned.map((_, index) => first + index));
      for (let restart = 0; restart < 2; restart += 1) {
        client.pc.restartIce();
        await client.negotiate();
        expect(await channel.echo(`after restart ${restart}`)).toBe(`after restart ${restart}`);
      }
      await track.sendUntilReturned(150);
    }),
  );
  hasNoOther();
});

test("[OP13] Chromium has audio, video and data through the port, and goes on after ICE restarts", async ({
  onePort: { node, hasNoOther },
  chromium,
  pages,
  onTestFinished,
}) => {
  const page = await chromium.newPage();
  onTestFinished(() => page.close());
  const client = await openPageClient(page, { pagesUrl: pages.url, wsUrl: node.wsUrl });
  await client.startTrack("audio");
  await client.startTrack("video");
  await client.call("openChannel", "chat");
  await client.call("morePictures", 30);
  await client.call("hearsSound");
  for (const text of ["first", "second"]) {
    await client.call("restartIce");
    await client.call("morePictures", 30);
    expect(await client.call("echoTexts", "chat", [text])).toEqual([text]);
  }
  hasNoOther();
});

test("[OP13] aiortc has picture, tone and data through the port", async ({
  onePort: { node, hasNoOther },
  onTestFinished,
}) => {
  const client = await startAiortcClient(node.wsUrl, { channels: ["chat"], audio: true, video: true });
  onTestFinished(() => client.close());
  await client.next("video", { frames: 20 });
  await client.events.next(({ event, rms }) => event === "audio" && Number(rms) > 3_000, { what: "a loud tone" });
  client.command("sendText", { channel: "chat", text: "hello" });
  await client.next("message", { text: "hello" });
  hasNoOther();
});

test("[OP14] 200 peers of libdatachannel are connected by one port at once, and leave nothing when they go", async ({
  onePort: { node, hasNoOther },
  onTestFinished,
}) => {
  const client = new BenchClient();
  onTestFinished(() => client.stop());
  const opened = await client.do({ type: "open", wsUrl: node.wsUrl, count: 200, concurrency: 16 });
  expect(opened.failures).toEqual([]);
  expect(opened.latenciesMs).toHaveLength(200);
  expect(udpPortsOf(node.pid)).toHaveLength(hostCount);
  hasNoOther();
  await client.do({ type: "close" });
  await eventually(() => udpPortsOf(node.pid).length === hostCount, { what: "the sockets of the port alone" });
});

/** Longer than consent lasts without an answer (RFC 7675, 5.1), and than any time limit for the beginning of a connection. */
const beyondConsentMs = 35_000;

test("[OP19] clients of every kind stay connected by the port beyond the time that consent lasts", {
  timeout: 120_000,
}, async ({ onePort: { node, hasNoOther }, pages, chromium, firefox, onTestFinished }) => {
  const open = { pagesUrl: pages.url, wsUrl: node.wsUrl };
  const browsers = await Promise.all(
    [chromium, firefox].map(async (browser) => openPageClient(await browser.newPage(), open)),
  );
  onTestFinished(() => Promise.all(browsers.map((client) => client.close())).then(() => undefined));
  for (const client of browsers) {
    await client.call("openChannel", "chat");
    await client.startTrack("video", { source: "canvas", width: 320, height: 240 });
  }
  const werift = await openWeriftClient(node.wsUrl);
  onTestFinished(() => werift.close());
  const channel = await werift.openChannel("chat");
  const aiortc = await startAiortcClient(node.wsUrl, { channels: ["chat"] });
  onTestFinished(() => aiortc.close());
  await aiortc.next("open", { channel: "chat" });
  const others: OpenConnection[] = [];
  onTestFinished(() => {
    for (const connection of others) connection.close();
    cleanup();
  });
  // One after another: libdatachannel has uses for memory that others had before.
  while (others.length < 40) others.push(await setUpOne(node.wsUrl));
  await sleep(beyondConsentMs);
  expect(others.filter((connection) => !connection.isConnected())).toEqual([]);
  for (const client of browsers) {
    expect(await client.state()).toMatchObject({ connection: "connected" });
    expect(await client.call("echoTexts", "chat", ["after"])).toEqual(["after"]);
    await client.call("morePictures", 10);
  }
  expect(await channel.echo("after")).toBe("after");
  aiortc.command("sendText", { channel: "chat", text: "after" });
  await aiortc.next("message", { text: "after" });
  const spoiled = others.reduce((sum, connection) => sum + connection.spoiled, 0);
  expect(node.log.seen.filter(({ event }) => event === "peer failed").slice(spoiled)).toEqual([]);
  hasNoOther();
});
