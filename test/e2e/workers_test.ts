import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { clusterFlags } from "../kit/cluster_flags.ts";
import { eventually } from "../kit/eventually.ts";
import { type NatsServer, startNatsServer } from "../kit/nats_server.ts";
import { openSignallingSocket, type SignallingMessage } from "../kit/signalling_socket.ts";
import { type RunningNode, type StartNodeOptions, startNode } from "../kit/start_node.ts";
import { openWeriftClient } from "../kit/werift_client.ts";

// A start alone may take 40 s on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

let nats: NatsServer;
beforeAll(async () => {
  nats = await startNatsServer();
});
afterAll(() => nats.kill());

/** Two workers `w-1` and `w-2`, stopped at the end of the test. */
async function startWorkers({ flags = [], ...options }: StartNodeOptions = {}): Promise<RunningNode> {
  const joined = ["--workers", "2", "--node-id", "w", ...clusterFlags(nats.url, `t${crypto.randomUUID()}`)];
  const parent = await startNode({ timeoutMs: 40_000, ...options, flags: [...joined, ...flags] });
  onTestFinished(async () => void (await parent.stop("SIGTERM", 30_000)));
  return parent;
}

/** The start of a program that does not start, as its error says it. */
async function failureOf(options: StartNodeOptions): Promise<string> {
  return startNode({ timeoutMs: 40_000, ...options }).then(
    async (node) => `it started: ${await node.stop()}`,
    (error: Error) => error.message,
  );
}

/** The last process of each worker, by the name of its node. */
function processesOf(parent: RunningNode): Map<string, number> {
  const started = parent.log.seen.filter(({ event }) => event === "worker started");
  return new Map(started.map(({ node, pid }) => [String(node), Number(pid)]));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** The UDP port of the server in a message that has one: in a description or a candidate. */
function portIn(message: SignallingMessage): number | undefined {
  const port = /candidate:\S+ \d+ udp \d+ \S+ (\d+) typ host/i.exec(JSON.stringify(message))?.[1];
  return port === undefined ? undefined : Number(port);
}

/** The node that a new connection comes to. */
async function nodeBehind(wsUrl: string): Promise<unknown> {
  const socket = await openSignallingSocket(wsUrl);
  socket.send({ type: "join", room: `r${crypto.randomUUID()}` });
  const { node } = await socket.next("joined");
  await socket.close();
  return node;
}

/** Opens connections until each of `nodes` got one. */
async function reachAll(wsUrl: string, nodes: readonly string[]): Promise<void> {
  const reached = new Set<unknown>();
  await eventually(async () => reached.add(await nodeBehind(wsUrl)) && nodes.every((node) => reached.has(node)), {
    what: `connections to come to ${nodes}`,
    timeoutMs: 30_000,
    intervalMs: 0,
    describe: () => [...reached],
  });
}

test("[CW4, CW9] workers share one free port, which is said once, each is a node of its own, and each line of their logs has its name", async () => {
  const parent = await startWorkers({ port: 0, env: { SIGNALBOX_LOG_LEVEL: "debug" } });
  await reachAll(parent.wsUrl, ["w-1", "w-2"]);
  const listening = parent.log.seen.filter(({ text }) => String(text).startsWith("signalbox listening"));
  expect(listening).toEqual([{ text: `signalbox listening on ${parent.url}` }]);
  const ready = parent.log.seen.filter(({ event }) => event === "node ready");
  expect(ready.map(({ node, url }) => `${node} ${url}`).sort()).toEqual([`w-1 ${parent.url}`, `w-2 ${parent.url}`]);
  // But for what the parent says itself.
  const nameless = parent.log.seen.filter(({ node, text }) => node === undefined && text === undefined);
  expect(nameless).toMatchObject([{ event: "anyone may connect" }]);
});

test.each([
  { ports: "42000-42199", first: [42_000, 42_099], second: [42_100, 42_199] },
  { ports: "42200-42201", first: [42_200, 42_200], second: [42_201, 42_201] },
] as const)("[CW13] each worker takes media ports of its own share of --udp-ports $ports", async (shares) => {
  const parent = await startWorkers({ flags: ["--udp-ports", shares.ports] });
  const portOf = new Map<unknown, number>();
  const connect = async () => {
    const client = await openWeriftClient(parent.wsUrl);
    try {
      await client.openChannel("chat");
      client.socket.send({ type: "join", room: `r${crypto.randomUUID()}` });
      const { node } = await client.socket.next("joined");
      const candidate = client.socket.messages.seen.map(portIn).find((port) => port !== undefined);
      if (candidate !== undefined) portOf.set(node, candidate);
    } finally {
      await client.close();
    }
    return portOf.size === 2;
  };
  await eventually(connect, { what: "a peer connection on each worker", timeoutMs: 60_000, intervalMs: 0 });
  const isIn = ([min, max]: readonly [number, number]) =>
    expect.toSatisfy((port: number) => port >= min && port <= max);
  expect([portOf.get("w-1"), portOf.get("w-2")]).toEqual([isIn(shares.first), isIn(shares.second)]);
});

test("[CW5] a worker that dies is started again under its name, and the other one serves meanwhile", async () => {
  const parent = await startWorkers();
  const before = processesOf(parent);
  process.kill(before.get("w-1") ?? -1, "SIGKILL");
  await parent.log.next(({ event, node }) => event === "worker died" && node === "w-1");
  expect((await fetch(`${parent.url}/healthz`)).status).toBe(200);
  await reachAll(parent.wsUrl, ["w-2"]);
  const isAgain = () => processesOf(parent).get("w-1") !== before.get("w-1");
  await eventually(isAgain, { what: "w-1 to be started again" });
  await reachAll(parent.wsUrl, ["w-1", "w-2"]);
  expect(processesOf(parent).get("w-2")).toBe(before.get("w-2"));
});

test("[CW5] a worker that an operator has drained is started again under its name, too", async () => {
  const parent = await startWorkers();
  const before = processesOf(parent);
  expect((await fetch(`${parent.url}/api/v1/nodes/w-1/drain`, { method: "POST" })).status).toBe(200);
  const isAgain = () => processesOf(parent).get("w-1") !== before.get("w-1");
  await eventually(isAgain, { what: "w-1 to be started again", timeoutMs: 30_000 });
  await reachAll(parent.wsUrl, ["w-1", "w-2"]);
  expect(processesOf(parent).get("w-2")).toBe(before.get("w-2"));
});

test("[CW6] workers that die more often than three times each in a minute end their parent with 70 and one line", async () => {
  const parent = await startWorkers();
  const killed = new Set<number>();
  await eventually(
    () => {
      for (const pid of processesOf(parent).values()) {
        if (killed.has(pid) || !isAlive(pid)) continue;
        killed.add(pid);
        process.kill(pid, "SIGKILL");
      }
      return parent.process.exitCode !== null;
    },
    { what: "the parent to give up", timeoutMs: 40_000, describe: () => parent.log.transcript() },
  );
  expect(parent.process.exitCode).toBe(70);
  expect(parent.stderr()).toMatch(
    /^signalbox: Gave up: workers died more than 6 times in 60 s, the last one w-\d \(SIGKILL\)$/,
  );
  expect([...processesOf(parent).values()].filter(isAlive)).toEqual([]);
});

test("[CW7] SIGTERM stops every worker in order, and the parent ends with 0 after them", async () => {
  const parent = await startWorkers();
  const sockets = await Promise.all(Array.from({ length: 8 }, () => openSignallingSocket(parent.wsUrl)));
  expect(await parent.stop("SIGTERM", 30_000)).toBe(0);
  for (const socket of sockets) expect(await socket.closed()).toMatchObject({ code: 1012 });
  const ends = parent.log.seen.filter(({ event }) => event === "node stopped" || event === "worker stopped");
  expect(ends.map(({ event, node }) => `${node} ${event}`).sort()).toEqual([
    "w-1 node stopped",
    "w-1 worker stopped",
    "w-2 node stopped",
    "w-2 worker stopped",
  ]);
});

test("[CW7] a Ctrl+C that reaches every process of a terminal stops them in order, too", async () => {
  const parent = await startWorkers();
  for (const pid of [...processesOf(parent).values(), parent.pid]) process.kill(pid, "SIGINT");
  expect(await parent.stop("SIGINT", 30_000)).toBe(0);
  expect(parent.log.seen.filter(({ event }) => event === "node stopped")).toHaveLength(2);
});

test("[CW7] a second signal later ends what does not want to end", async () => {
  const parent = await startWorkers();
  const pids = [...processesOf(parent).values()];
  // A process that is held cannot stop.
  for (const pid of pids) process.kill(pid, "SIGSTOP");
  parent.process.kill("SIGTERM");
  await parent.log.next(({ event }) => event === "workers stopping");
  const signalAgain = () => {
    parent.process.kill("SIGTERM");
    return parent.process.exitCode !== null;
  };
  await eventually(signalAgain, { what: "the parent to end", intervalMs: 200 });
  expect(parent.process.exitCode).toBe(1);
  await eventually(() => !pids.some(isAlive), { what: "the workers to be gone" });
});

test("[CW8] workers end by themselves when their parent dies", async () => {
  const parent = await startWorkers();
  const pids = [...processesOf(parent).values()];
  expect(pids).toHaveLength(2);
  parent.process.kill("SIGKILL");
  await eventually(() => !pids.some(isAlive), { what: "the workers to be gone", timeoutMs: 30_000 });
});

test("[CW10] a port that another program has stops the start of workers and of a node alike, also when the other one shares its own", async () => {
  const workers = await startWorkers();
  const port = Number(new URL(workers.url).port);
  const words =
    /ended with 78\nsignalbox: Cannot listen on 127\.0\.0\.1:\d+: the port is in use by another program; choose another with --port\n/;
  expect(await failureOf({ port })).toMatch(words);
  expect(await failureOf({ port, flags: ["--workers", "2", ...clusterFlags(nats.url, "test")] })).toMatch(words);
});

test("[CW11] what no worker can start with stops the start with 78 and one line", async () => {
  const flags = [
    "--workers",
    "2",
    ...clusterFlags(nats.url, "test"),
    "--tls-key",
    "/none.key",
    "--tls-cert",
    "/none.pem",
  ];
  expect(await failureOf({ flags })).toMatch(/ended with 78\nsignalbox: Cannot use --tls-[^\n]+\n/);
});

test("[CW12] the parent loads no engine, which each worker does", async () => {
  const parent = await startWorkers();
  const mapsOf = (pid: number) => readFileSync(`/proc/${pid}/maps`, "utf8");
  const engines = /uws_\w+\.node|koffi\.node/;
  expect(mapsOf(parent.pid)).not.toMatch(engines);
  for (const pid of processesOf(parent).values()) expect(mapsOf(pid)).toMatch(engines);
});
