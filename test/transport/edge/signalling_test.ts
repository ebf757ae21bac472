import { expect, test } from "vitest";
import type { SignallingSocket } from "../../../actors/ports.ts";
import { remoteAddressOf } from "../../../transport/edge/remote_address.ts";
import { openSignallingSocket } from "../../kit/signalling_socket.ts";
import { openEdge } from "./open_edge.ts";

test("[ED1] tells the listener of every message once, in the order in which the client sent them", async () => {
  const { next, wsUrl, told } = await openEdge();
  const client = await openSignallingSocket(wsUrl);
  for (let i = 0; i < 150; i += 1) client.send({ type: "bye", ref: i });
  for (let i = 0; i < 150; i += 1) expect((await next("received")).message).toEqual({ type: "bye", ref: i });
  await client.close();
  await next("closed");
  expect(told.seen.map(({ what }) => what)).toEqual(["opened", ...Array(150).fill("received"), "closed"]);
});

test("[ED2] gives every socket an id of its own that is safe in a URL, and the address it came from", async () => {
  const { next, wsUrl } = await openEdge();
  const ids = new Set<string>();
  for (let i = 0; i < 5; i += 1) {
    const client = await openSignallingSocket(wsUrl);
    const { socket } = await next("opened");
    ids.add(socket.id);
    expect(socket.id).toMatch(/^[A-Za-z0-9_-]{12,64}$/);
    expect(socket.remoteAddress).toBe("127.0.0.1");
    await client.close();
  }
  expect(ids.size).toBe(5);
});

test("[ED2] writes an IPv4 client of an IPv6 listener as IPv4, and an IPv6 client in short", async () => {
  const { edge, next } = await openEdge({ host: "::" });
  const { port } = new URL(edge.url);
  for (const [host, address] of [
    ["127.0.0.1", "127.0.0.1"],
    ["[::1]", "::1"],
  ]) {
    const client = await openSignallingSocket(`ws://${host}:${port}/ws`);
    expect((await next("opened")).socket.remoteAddress).toBe(address);
    await client.close();
  }
  expect(remoteAddressOf("2001:0db8:0000:0000:0000:0000:0000:0001")).toBe("2001:db8::1");
});

test("[ED3] sends what it is given in that order", async () => {
  const { next, wsUrl } = await openEdge();
  const client = await openSignallingSocket(wsUrl);
  const { socket } = await next("opened");
  for (let i = 0; i < 1_000; i += 1) socket.send({ type: "bye", reason: `${i}` });
  for (let i = 0; i < 1_000; i += 1) expect(await client.messages.next()).toEqual({ type: "bye", reason: `${i}` });
  await client.close();
});

test("[ED4] answers a frame that it cannot read with the reason and its ref, and goes on", async () => {
  const { next, wsUrl, told } = await openEdge();
  const client = await openSignallingSocket(wsUrl);
  client.send("{");
  expect(await client.next("error")).toMatchObject({ code: "bad-json" });
  client.send("[1]");
  expect(await client.next("error")).toMatchObject({ code: "bad-message" });
  const unknown = await client.ask({ type: "dance" });
  expect(unknown).toMatchObject({ type: "error", code: "bad-message" });
  expect(await client.ask({ type: "offer" })).toMatchObject({ type: "error", code: "bad-message" });
  client.send(new Uint8Array([123, 125]));
  const binary = await client.next("error");
  expect(binary).toMatchObject({ code: "bad-message", message: expect.stringContaining("binary") });
  expect(binary).not.toHaveProperty("ref");
  client.send({ type: "bye" });
  await next("received");
  expect(told.seen.map(({ what }) => what)).toEqual(["opened", "received"]);
  await client.close();
});

test("[ED12] ends the socket on which the listener throws with 1011, reports the fault, and leaves the others", async () => {
  const { faults, next, wsUrl } = await openEdge({
    listener: {
      messageReceived(_, message) {
        if (message.type === "rollback") throw new Error("boom");
      },
    },
  });
  const [first, second] = [await openSignallingSocket(wsUrl), await openSignallingSocket(wsUrl)];
  first.send({ type: "rollback" });
  expect(await first.closed()).toEqual({ code: 1011, reason: "internal-error" });
  expect(await faults.next()).toMatchObject({ error: { message: "boom" }, doing: "a message was handled" });
  expect((await next("closed")).code).toBe(1011);
  second.send({ type: "bye" });
  expect((await next("received")).message.type).toBe("rollback");
  expect((await next("received")).message.type).toBe("bye");
  await second.close();
});

test("[ED12] survives a listener that throws at an opened or a closed socket", async () => {
  const { faults, told, wsUrl } = await openEdge({
    listener: {
      socketOpened() {
        throw new Error("at open");
      },
      socketClosed() {
        throw new Error("at close");
      },
    },
  });
  for (let i = 0; i < 2; i += 1) {
    const client = await openSignallingSocket(wsUrl);
    expect((await client.closed()).code).toBe(1011);
    expect(await faults.next()).toMatchObject({ error: { message: "at open" } });
    expect(await faults.next()).toMatchObject({ error: { message: "at close" } });
  }
  expect(told.seen.map(({ what }) => what)).toEqual(["opened", "closed", "opened", "closed"]);
});

test("[ED13] tells of the end once, with its code, and never in the middle of the listener's own call", async () => {
  const order: string[] = [];
  const { next, told, wsUrl } = await openEdge({
    listener: {
      messageReceived(socket) {
        order.push("closing");
        socket.close(4000, "enough");
        order.push("closed by us");
      },
      socketClosed: () => order.push("told"),
    },
  });
  const client = await openSignallingSocket(wsUrl);
  client.send({ type: "bye" });
  client.send({ type: "bye" });
  expect(await client.closed()).toEqual({ code: 4000, reason: "enough" });
  expect((await next("closed")).code).toBe(4000);
  expect(order).toEqual(["closing", "closed by us", "told"]);
  expect(told.seen.map(({ what }) => what)).toEqual(["opened", "received", "closed"]);

  const leaving = await openSignallingSocket(wsUrl);
  await leaving.close(4001);
  expect((await next("closed")).code).toBe(4001);
});

test("[ED13] does nothing when asked to send to or close a socket that is closed", async () => {
  let kept: SignallingSocket | undefined;
  const { faults, next, wsUrl } = await openEdge({
    listener: {
      socketOpened(socket) {
        kept = socket;
      },
      socketClosed(socket) {
        socket.send({ type: "bye" });
      },
    },
  });
  const client = await openSignallingSocket(wsUrl);
  await client.close();
  await next("closed");
  kept?.send({ type: "bye" });
  kept?.send({ type: "error", code: "bad-sdp", message: "Cannot read it" });
  kept?.close(1000, "");
  kept?.close(1000, "");
  expect(faults.seen).toEqual([]);
});
