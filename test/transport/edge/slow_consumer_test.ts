import { expect, test } from "vitest";
import { OutboundQueue } from "../../../transport/edge/outbound_queue.ts";
import { eventually } from "../../kit/eventually.ts";
import { handles } from "../../kit/handles.ts";
import { limits } from "./default_limits.ts";
import { openEdge } from "./open_edge.ts";
import { openRawClient } from "./raw_client.ts";

const text = "x".repeat(8_000);

/** Longer than what the kernel keeps for both ends of a loopback connection. */
const fillMessages = 2_000;

test("[ED9] keeps what a slow client does not read yet and sends all of it in order once it reads", async () => {
  const { next, edge } = await openEdge({ limits: { maxQueuedBytes: 100_000_000 } });
  const client = await openRawClient(edge.url);
  const { socket } = await next("opened");
  client.socket.pause();
  for (let i = 0; i < fillMessages; i += 1) socket.send({ type: "bye", reason: `${i} ${text}` });
  client.socket.resume();
  const last = `{"type":"bye","reason":"${fillMessages - 1} ${text}"}`;
  await eventually(() => client.received.subarray(-last.length).toString() === last, { what: "the last message" });
  const numbers = client.frames().map(({ payload }) => Number.parseInt(JSON.parse(payload.toString()).reason, 10));
  expect(numbers).toEqual(Array.from({ length: fillMessages }, (_, i) => i));
  socket.send({ type: "bye", reason: "on we go" });
  await eventually(() => client.received.includes("on we go"), { what: "a message after the flush" });
});

test("[ED9] gives the engine no more than throttleBytes and one message, and flushes when it drains", () => {
  const sent: string[] = [];
  let buffered = 0;
  const sink = {
    send(frame: string) {
      sent.push(frame);
      buffered += frame.length;
      return 0;
    },
    getBufferedAmount: () => buffered,
  };
  const queue = new OutboundQueue(sink, { ...limits, throttleBytes: 10, maxQueuedBytes: 12 });
  for (const frame of ["aaaaaa", "bbbbbb", "cccccc", "dddddd"]) expect(queue.push(frame, 5)).toBe(true);
  expect([sent.join(), queue.throttledSinceMs]).toEqual(["aaaaaa,bbbbbb", 5]);
  expect(queue.push("e", 6)).toBe(false);
  buffered = 10;
  expect(queue.flush(7)).toBe(true);
  expect([sent.join(), queue.throttledSinceMs]).toEqual(["aaaaaa,bbbbbb,cccccc", 5]);
  buffered = 0;
  expect(queue.flush(8)).toBe(true);
  expect([sent.join(), queue.throttledSinceMs]).toEqual(["aaaaaa,bbbbbb,cccccc,dddddd", undefined]);
});

test("[ED9] says so when the engine drops a frame after all", () => {
  const sink = { send: () => 2, getBufferedAmount: () => 0 };
  expect(new OutboundQueue(sink, limits).push("a", 0)).toBe(false);
});

test("[ED10] closes a client with 4408 that reads too slowly for too long", async () => {
  const { next, edge } = await openEdge({ limits: { slowConsumerTimeoutMs: 200, maxQueuedBytes: 100_000_000 } });
  const client = await openRawClient(edge.url);
  const { socket } = await next("opened");
  client.socket.pause();
  for (let i = 0; i < fillMessages; i += 1) socket.send({ type: "bye", reason: text });
  expect((await next("closed")).code).toBe(4408);
  client.socket.resume();
  expect(await client.closeCode()).toBe(4408);
});

test("[ED10] closes a client with 4408 whose queue is full, as one that asks without reading", async () => {
  const { next, edge, told } = await openEdge({
    limits: { maxMessagesPerSecond: 100_000, maxQueuedBytes: 100_000 },
    listener: {
      messageReceived: (asked) => {
        for (let i = 0; i < 100; i += 1) asked.send({ type: "bye", reason: text });
      },
    },
  });
  const client = await openRawClient(edge.url);
  client.socket.pause();
  for (let i = 0; i < 1_000; i += 1) client.send('{"type":"bye"}');
  expect((await next("closed")).code).toBe(4408);
  const handled = told.seen.filter(({ what }) => what === "received").length;
  expect(handled).toBeGreaterThan(1);
  expect(handled).toBeLessThan(1_000);
  client.socket.resume();
  expect(await client.closeCode()).toBe(4408);
});

test("[ED10] frees the connection of a slow client that never reads the close frame", { timeout: 20_000 }, async () => {
  const { next, edge } = await openEdge({ limits: { slowConsumerTimeoutMs: 100, idleTimeoutMs: 8_000 } });
  const before = handles().tcpSockets;
  const client = await openRawClient(edge.url);
  const { socket } = await next("opened");
  expect(handles().tcpSockets).toBe(before + 2);
  client.socket.pause();
  for (let i = 0; i < fillMessages; i += 1) socket.send({ type: "bye", reason: text });
  await next("closed");
  await eventually(() => handles().tcpSockets === before + 1, {
    what: "the server's end to be gone",
    timeoutMs: 15_000,
  });
});

test("[ED14] sends what is queued before it closes, and takes nothing more meanwhile", async () => {
  const { next, edge, told } = await openEdge({ limits: { maxQueuedBytes: 100_000_000 } });
  const client = await openRawClient(edge.url);
  const { socket } = await next("opened");
  client.socket.pause();
  for (let i = 0; i < fillMessages; i += 1) socket.send({ type: "bye", reason: text });
  socket.close(4000, "enough");
  socket.send({ type: "bye", reason: "too late" });
  client.send('{"type":"bye"}');
  expect(told.seen.map(({ what }) => what)).toEqual(["opened"]);
  client.socket.resume();
  expect(await client.closeCode()).toBe(4000);
  expect(client.frames().length).toBe(fillMessages + 1);
  expect((await next("closed")).code).toBe(4000);
  expect(told.seen.map(({ what }) => what)).toEqual(["opened", "closed"]);
});

test("[ED14] gives a client that is asked to go no longer than any other slow one", async () => {
  const { next, edge } = await openEdge({ limits: { slowConsumerTimeoutMs: 200, maxQueuedBytes: 100_000_000 } });
  const client = await openRawClient(edge.url);
  const { socket } = await next("opened");
  client.socket.pause();
  for (let i = 0; i < fillMessages; i += 1) socket.send({ type: "bye", reason: text });
  socket.close(4000, "enough");
  expect((await next("closed")).code).toBe(4000);
});
