import { expect, onTestFinished, test } from "vitest";
import { readConfig, startNode } from "../../../mod.ts";
import { openBus } from "../../../transport/bus/open_bus.ts";
import { findFreePort, startNatsServer } from "../../kit/nats_server.ts";
import { startNode as startProcess } from "../../kit/start_node.ts";
import { startProgram } from "../../kit/start_program.ts";

const waitMs = 30_000;
const clusterFlags = ["--auth", "open", "--host", "127.0.0.1", "--secret", "a-secret-of-the-cluster-long-enough"];

async function readyz(url: string) {
  const response = await fetch(`${url}/readyz`);
  return [response.status, await response.json()];
}

test("[BU41] a node alone is ready at once", async () => {
  const { node } = await startProgram();
  expect(await readyz(node.url)).toEqual([200, { status: "ready" }]);
});

test("[BU41] a node listens before its bus is there, is ready with it, cut off without it, and serves its clients meanwhile", async () => {
  const port = await findFreePort();
  const node = await startProcess({
    flags: ["--nats", `nats://node:hunter2@127.0.0.1:${port}`, "--node-id", "n1", ...clusterFlags],
    timeoutMs: 60_000,
  });
  onTestFinished(() => void node.stop());
  expect(await readyz(node.url)).toEqual([503, { status: "cut-off", reason: "bus connecting" }]);
  expect(await node.log.next(({ event }) => event === "bus not reached, trying on")).toMatchObject({
    level: "warn",
    reason: `127.0.0.1:${port}: connection refused`,
  });
  expect((await fetch(`${node.url}/healthz`)).status).toBe(200);

  const config = 'authorization { user: "node", password: "hunter2" }';
  const server = await startNatsServer({ port, config });
  onTestFinished(() => server.kill());
  await expect.poll(() => readyz(node.url), { timeout: waitMs }).toEqual([200, { status: "ready" }]);
  await server.kill();
  await expect
    .poll(() => readyz(node.url), { timeout: waitMs })
    .toEqual([503, { status: "cut-off", reason: "bus reconnecting" }]);
  const again = await server.restart();
  onTestFinished(() => again.kill());
  await expect.poll(() => readyz(node.url), { timeout: waitMs }).toEqual([200, { status: "ready" }]);
  expect(await node.stop()).toBe(0);
  expect(JSON.stringify(node.log.seen) + node.stderr()).not.toContain("hunter2");
}, 180_000);

test("[BU41] a node that stops lets go of the bus, and so does one that cannot listen", async () => {
  const server = await startNatsServer({ flags: ["-DV"] });
  onTestFinished(() => server.kill());
  const start = (port: string) =>
    startNode(
      {},
      {
        config: readConfig({
          argv: ["--port", port, "--nats", server.url, ...clusterFlags],
          env: {},
          cwd: "/nonexistent",
        }),
      },
    );
  const node = await start("0");
  await server.log.next((line) => line.includes(`"name":"signalbox signalbox ${node.id}"`), { timeoutMs: waitMs });
  const taken = new URL(node.url).port;
  await expect(start(taken)).rejects.toMatchObject({ code: "bad-config" });
  await node.stop();
  await server.log.next((line) => line.includes("Client connection closed"), { timeoutMs: waitMs });
}, 60_000);

test("[BU41] a file that cannot be read stops the start, by the flag that names it", async () => {
  const nats = { servers: [{ host: "127.0.0.1", port: 1 }] };
  const open = (more: object) =>
    openBus({ nats: { ...nats, ...more }, namespace: "signalbox", nodeId: "n", log: silent });
  for (const [flag, more] of [
    ["--nats-nkey", { login: { kind: "nkey", seedFile: "/missing" } }],
    ["--nats-credentials", { login: { kind: "credentials", file: "/missing" } }],
    ["--nats-tls-ca", { tls: { caFile: "/missing" } }],
    ["--nats-tls-key", { tls: { keyFile: "/missing" } }],
  ] as const) {
    await expect(open(more)).rejects.toMatchObject({
      code: "bad-config",
      message: `Cannot use ${flag} "/missing": expected a file that can be read (ENOENT)`,
    });
  }
});

const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => silent };
function ignore(): void {}
