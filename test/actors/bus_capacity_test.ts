import { expect, test } from "vitest";
import { watchBusCapacity } from "../../actors/bus_capacity.ts";
import { busBounds, excessiveLimits, natsMaxPayloadBytes } from "../../protocol/bus_message_limits.ts";
import { encodeChannelMessage, encodeGossip } from "../../protocol/room_gossip.ts";
import { LocalHub } from "../../transport/bus/local_hub.ts";
import { eventually } from "../kit/eventually.ts";
import { startCluster } from "./start_cluster.ts";
import { KeptLog } from "./start_supervisor.ts";

const limits = { maxQueuedBytes: 1_048_576, maxPayloadBytes: 16_384, maxMessageBytes: 262_144, maxRoomPeers: 1_000 };

test("[BU17] what the largest limits let clients say fits into one message of NATS, with all that is told beside it", () => {
  const bounds = busBounds(limits, natsMaxPayloadBytes);
  const id = (n: number) => String(n).padStart(64, "x");
  const payload = "x".repeat(bounds.maxPayloadBytes - 2);
  const to = Array.from({ length: limits.maxRoomPeers }, (_, n) => id(n));
  const data = encodeGossip("data", { from: id(0), to, topic: "🦊".repeat(64), payload });
  const label = "x".repeat(65_535);
  const said = encodeChannelMessage({ from: id(0), label, data: new Uint8Array(bounds.maxMessageBytes) });
  const info = { id: "", name: "", metadata: "", state: "reconnecting", tracks: [] } as const;
  const share = Math.floor(bounds.maxQueuedBytes / 2 / limits.maxRoomPeers) - JSON.stringify(info).length - 64;
  const peers = to.map((each) => ({
    info: { ...info, id: each, metadata: "x".repeat(share) },
    epoch: Number.MAX_SAFE_INTEGER,
    isMoving: false,
  }));
  const part = encodeGossip("part", { node: id(0), room: "🦊".repeat(64), number: 1e15, peers, toldBy: id(1) });
  for (const { length } of [data, said, part]) {
    expect(length).toBeLessThanOrEqual(natsMaxPayloadBytes);
    expect(length).toBeGreaterThan(natsMaxPayloadBytes * 0.85);
  }
  expect(excessiveLimits({ ...limits, ...bounds }, natsMaxPayloadBytes)).toEqual([]);
});

test("[BU17] limits too large for the bus that is there are logged as an error, once", async () => {
  const bus = new LocalHub().connect("a");
  const log = new KeptLog();
  watchBusCapacity(bus, { limits: { ...limits, maxPayloadBytes: 2_000_000 }, log });
  let connectedCount = 0;
  bus.watchLink(({ state }) => {
    if (state === "connected") connectedCount += 1;
  });
  for (const count of [1, 2]) {
    bus.cutOff();
    bus.mend();
    await eventually(() => connectedCount === count, { what: "the link" });
  }
  expect(log.errors).toMatchObject([{ fields: { limit: "maxPayloadBytes", value: 2_000_000, atMost: 979_528 } }]);
});

test("[BU18] who says what is too long for the bus is told so, by its ref, where members are on other nodes", async () => {
  const large = { maxPayloadBytes: 4_000_000, maxQueuedBytes: 16_000_000 };
  const { home, edge, ada, bob } = await startCluster({ limits: large });
  const payload = "x".repeat(2_000_000);
  ada.say({ type: "data", payload, ref: 1 });
  expect(await bob.next("data")).toMatchObject({ payload });
  expect(ada.take()).toEqual([]);
  const eve = edge.openClient();
  await eve.join();
  await ada.received.next((message) => message.type === "peer-joined" && message.peer.id === eve.id);
  ada.say({ type: "data", payload, ref: 2 });
  expect(await ada.next("error")).toMatchObject({ code: "message-too-large", ref: 2 });
  await ada.connect();
  home.engines.last.openChannel("chat", "signalbox.room").onmessage?.(new Uint8Array(2_000_000));
  await ada.received.next((message) => message.type === "error" && message.message.includes('"chat"'));
  ada.say({ type: "data", payload: "short" });
  expect(await eve.next("data")).toMatchObject({ payload: "short" });
  expect(home.log.errors).toEqual([]);
});
