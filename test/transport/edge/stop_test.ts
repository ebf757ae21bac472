import { execFile } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { eventually } from "../../kit/eventually.ts";
import { freePort } from "../../kit/free_port.ts";
import { handles } from "../../kit/handles.ts";
import { openSignallingSocket } from "../../kit/signalling_socket.ts";
import { openEdge } from "./open_edge.ts";
import { handshake, openRawClient, openTcp, RawClient } from "./raw_client.ts";

const request = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";

test("[ED18] gives the port back when it stops accepting; open sockets go on", async () => {
  const { edge, next, wsUrl } = await openEdge({ port: await freePort() });
  const client = await openSignallingSocket(wsUrl);
  edge.stopAccepting();
  edge.stopAccepting();
  await expect(openSignallingSocket(wsUrl)).rejects.toThrow();
  const { edge: successor } = await openEdge({ port: Number(new URL(edge.url).port) });
  expect(successor.url).toBe(edge.url);
  client.send({ type: "bye" });
  await next("received");
  await client.close();
});

test("[ED18] answers a connection that was open before for the last time, and turns its WebSocket away", async () => {
  const { edge, told } = await openEdge();
  const [asking, bare, upgrading] = [await openTcp(edge.url), await openTcp(edge.url), await openTcp(edge.url)];
  for (const socket of [asking, bare, upgrading]) {
    socket.write(request);
    const [answer] = await once(socket, "data");
    expect(String(answer).toLowerCase()).not.toContain("connection: close");
  }
  edge.stopAccepting();
  asking.write(request);
  const [answer] = await once(asking, "data");
  expect(String(answer).toLowerCase()).toContain("connection: close");
  await once(asking, "close");
  bare.write(request.replace("GET", "HEAD"));
  expect(String((await once(bare, "data"))[0])).toMatch(/^HTTP\/1\.1 200 OK\r\n(.|\r\n)*connection: close\r\n/);
  const client = new RawClient(upgrading);
  upgrading.write(handshake());
  await eventually(() => client.received.includes("shutting-down"), { what: "to be turned away" });
  const frames = client.frames(client.received.subarray(client.received.indexOf("\r\n\r\n") + 4));
  expect(frames.map(({ opcode }) => opcode)).toEqual([1, 8]);
  expect(frames[1]?.payload.readUInt16BE(0)).toBe(1012);
  expect(told.seen).toEqual([]);
});

test("[ED19] tells every client that it is shutting down and closes with 1012", async () => {
  const { edge, told, wsUrl } = await openEdge();
  const clients = await Promise.all(Array.from({ length: 20 }, () => openSignallingSocket(wsUrl)));
  const closing = edge.close();
  expect(edge.close()).toBe(closing);
  for (const client of clients) {
    expect(await client.next("error")).toMatchObject({ code: "shutting-down" });
    expect(await client.closed()).toEqual({ code: 1012, reason: "shutting-down" });
  }
  await closing;
  expect(told.seen.filter((call) => call.what === "closed" && call.code === 1012)).toHaveLength(20);
});

test("[ED19] frees the port at once, even for a restart that comes before its connections are forgotten", async () => {
  const port = await freePort();
  for (let start = 0; start < 3; start += 1) {
    const { edge, wsUrl } = await openEdge({ port });
    const client = await openSignallingSocket(wsUrl);
    await edge.close();
    await client.closed();
    await expect(fetch(edge.url)).rejects.toThrow();
  }
});

test("[ED19] tells shutting-down even to a client that has used up its errors", async () => {
  const { edge, wsUrl } = await openEdge({ limits: { maxErrorsPerMinute: 1 } });
  const client = await openSignallingSocket(wsUrl);
  client.send("{");
  await client.next("error");
  await edge.close();
  expect(await client.closed()).toEqual({ code: 1012, reason: "shutting-down" });
});

test("[ED19] does not wait for a client that reads nothing, and keeps no connection", async () => {
  const before = handles().tcpSockets;
  const { edge, next } = await openEdge({ limits: { maxQueuedBytes: 100_000_000 } });
  const idle = await openTcp(edge.url);
  const slow = await openRawClient(edge.url);
  const { socket } = await next("opened");
  slow.socket.pause();
  for (let i = 0; i < 2_000; i += 1) socket.send({ type: "bye", reason: "x".repeat(8_000) });
  const start = performance.now();
  await edge.close();
  expect(performance.now() - start).toBeLessThan(3_500);
  expect((await next("closed")).code).toBe(1012);
  await once(idle, "close");
  // What is left is the slow client's own end: it has not read that it is closed.
  await eventually(() => handles().tcpSockets <= before + 1, { what: "the server's connections to be gone" });
});

test("[ED19] leaves nothing that keeps the process alive", { timeout: 20_000 }, async () => {
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [join(import.meta.dirname, "open_and_close.ts")],
    { timeout: 15_000 },
  );
  expect(stdout).toBe("closed\n");
  expect(stderr).toBe("");
});
