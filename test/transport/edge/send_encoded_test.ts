import { expect, test } from "vitest";
import { openSignallingSocket } from "../../kit/signalling_socket.ts";
import { openEdge } from "./open_edge.ts";

test("[RM38] what is encoded already is sent in its order with the rest, and to nobody who is gone", async () => {
  const { next, wsUrl, faults } = await openEdge();
  const client = await openSignallingSocket(wsUrl);
  const { socket } = await next("opened");
  for (let i = 0; i < 1_000; i += 1) {
    if (i % 2 === 0) socket.send({ type: "bye", reason: `${i}` });
    else socket.sendEncoded(`{"type":"bye","reason":"${i}"}`);
  }
  for (let i = 0; i < 1_000; i += 1) expect(await client.messages.next()).toEqual({ type: "bye", reason: `${i}` });
  socket.close(1000, "");
  socket.sendEncoded('{"type":"bye"}');
  await client.closed();
  socket.sendEncoded('{"type":"bye"}');
  expect(client.messages.seen).toHaveLength(1_000);
  expect(faults.seen).toEqual([]);
});

test("[RM38] a client that does not read what it is sent encoded is closed, as any other", async () => {
  const { next, wsUrl } = await openEdge({ limits: { throttleBytes: 1_024, maxQueuedBytes: 16_384 } });
  await openSignallingSocket(wsUrl);
  const { socket } = await next("opened");
  const text = JSON.stringify({ type: "data", from: "a", payload: "x".repeat(1_000_000) });
  for (let i = 0; i < 50; i += 1) socket.sendEncoded(text);
  expect(await next("closed")).toMatchObject({ code: 4408 });
});
