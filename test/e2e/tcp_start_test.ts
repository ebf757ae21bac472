import { createServer } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { clusterFlags } from "../kit/cluster_flags.ts";
import { freePort } from "../kit/free_port.ts";
import { startNatsServer } from "../kit/nats_server.ts";
import { type RunningNode, startNode } from "../kit/start_node.ts";

// A start alone may take 40 s on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

async function occupiedPort(): Promise<number> {
  const port = await freePort();
  const server = createServer();
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(port, "0.0.0.0", resolve));
  return port;
}

async function start(...flags: string[]): Promise<RunningNode> {
  const node = await startNode({ flags, timeoutMs: 40_000 });
  onTestFinished(async () => void (await node.stop("SIGTERM", 30_000)));
  return node;
}

const tcpPortsOf = ({ log }: RunningNode) =>
  log.seen.filter(({ event }) => event === "node ready").map(({ tcpPort }) => tcpPort);

test("[TCP28] a TCP port that was asked for and is in use ends the start with 78 and one line", async () => {
  const port = await occupiedPort();
  const failure = await start("--tcp-ports", `${port}`).catch((error: Error) => error.message);
  expect(failure).toMatch(
    new RegExp(
      `ended with 78\\nsignalbox: Cannot listen for media by TCP: port ${port} is in use by another program; choose another with --tcp-ports, or turn it off with --tcp-ports off\\n`,
    ),
  );
});

test("[TCP29] the first of the UDP ports is for TCP, too; when it is in use, that is said and the node starts", async () => {
  const free = await freePort();
  expect(tcpPortsOf(await start("--udp-ports", `${free}-${free + 9}`))).toEqual([free]);
  const taken = await occupiedPort();
  const node = await start("--udp-ports", `${taken}-${taken + 9}`);
  expect(tcpPortsOf(node)).toEqual(["off"]);
  const said = node.log.seen.find(({ event }) => event === "no media by TCP");
  const reason = expect.stringMatching(`^Cannot listen for media by TCP: port ${taken} is in use`);
  expect(said).toMatchObject({ level: "warn", reason });
  expect(JSON.stringify(said)).not.toContain("    at ");
});

test("[TCP31] workers share the TCP ports out", async () => {
  const nats = await startNatsServer();
  onTestFinished(() => nats.kill());
  const first = await freePort();
  const flags = ["--workers", "2", "--tcp-ports", `${first}-${first + 3}`, ...clusterFlags(nats.url, "tcp")];
  const ports = tcpPortsOf(await start(...flags));
  expect(ports.toSorted()).toEqual([first, first + 2]);
});
