import { once } from "node:events";
import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { Edge } from "../../../transport/edge/edge.ts";
import { openSignallingSocket } from "../../kit/signalling_socket.ts";
import { limits } from "./default_limits.ts";
import { folderWith } from "./folder_with.ts";
import { openEdge } from "./open_edge.ts";

const silent = { socketOpened() {}, messageReceived() {}, socketClosed() {} };
const pagesFolder = folderWith({ "index.html": "" });

function listenOn(host: string, port: number): Promise<Edge> {
  return Edge.listen({ host, port, listener: silent, readiness: () => ({ status: "ready" }), limits, pagesFolder });
}

test("[ED15] refuses a port that is in use, whether by another program or by a node", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => {
    server.close();
  });
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const inUse = (taken: number) => ({
    name: "SignalboxError",
    code: "bad-config",
    message: `Cannot listen on 127.0.0.1:${taken}: the port is in use by another program; choose another with --port`,
  });
  await expect(listenOn("127.0.0.1", port)).rejects.toMatchObject(inUse(port));
  const { edge } = await openEdge();
  const ours = Number(new URL(edge.url).port);
  await expect(listenOn("127.0.0.1", ours)).rejects.toMatchObject(inUse(ours));
  expect((await fetch(`${edge.url}/healthz`)).status).toBe(200);
});

test("[ED15] refuses an address that this machine does not have, and a name that has none", async () => {
  await expect(listenOn("203.0.113.1", 8080)).rejects.toMatchObject({
    code: "bad-config",
    message: "Cannot listen on 203.0.113.1:8080: this machine has no such address; choose another with --host",
  });
  await expect(listenOn("signalbox.invalid", 8080)).rejects.toThrow(
    /^Cannot listen on signalbox\.invalid:8080: the name .*; choose another with --host$/,
  );
  await expect(listenOn("2001:db8::1", 8080)).rejects.toThrow(/^Cannot listen on \[2001:db8::1\]:8080: /);
});

test("[ED16] says where it listens, with the real port", async () => {
  const { edge } = await openEdge();
  expect(edge.url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*$/);
  expect((await openEdge({ host: "0.0.0.0" })).edge.url).toMatch(/^http:\/\/0\.0\.0\.0:\d+$/);
  const v6 = await openEdge({ host: "::1" });
  expect(v6.edge.url).toMatch(/^http:\/\/\[::1\]:\d+$/);
  expect((await fetch(`${v6.edge.url}/healthz`)).status).toBe(200);
  await (await openSignallingSocket(v6.wsUrl)).close();
});
