import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, vi } from "vitest";
import { CallPage } from "../kit/call_page.ts";
import { e2e as test } from "../kit/e2e.ts";
import { eventually } from "../kit/eventually.ts";
import { Mailbox } from "../kit/mailbox.ts";
import { openSignallingSocket } from "../kit/signalling_socket.ts";
import { withDeadline } from "../kit/with_deadline.ts";

// A start alone may take 40 s on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const program = fileURLToPath(new URL("../../scripts/run_cluster.ts", import.meta.url));

interface Running {
  readonly process: ChildProcess;
  readonly lines: Mailbox<string>;
  readonly exited: Promise<number | null>;
}

function run(flags: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
  const child = spawn(process.execPath, [program, ...flags], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines = new Mailbox<string>("a line of the cluster", (line) => line);
  for (const input of [child.stdout, child.stderr]) createInterface({ input }).on("line", (line) => lines.push(line));
  const exited = new Promise<number | null>((resolve) => child.once("close", resolve));
  void exited.then((code) => lines.close(`the cluster ended with ${code}`));
  onTestFinished(async () => {
    child.kill("SIGTERM");
    await withDeadline(exited, { what: "the cluster to end", timeoutMs: 30_000 }).finally(() => child.kill("SIGKILL"));
  });
  return { process: child, lines, exited };
}

/** What the cluster said of each of its parts: its URL and its process. */
async function startCluster(flags: readonly string[] = []) {
  const cluster = run(["--port", "0", ...flags]);
  await cluster.lines.next((line) => line === "Ctrl+C ends all.", { what: "the cluster to run", timeoutMs: 40_000 });
  const parts = new Map<string, { url: string; pid: number }>();
  for (const line of cluster.lines.seen) {
    const [, name, url, pid] = /^ {2}(\S+) +(\w+:\/\/\S+) +(?:pid (\d+))?/.exec(line) ?? [];
    if (name !== undefined && url !== undefined) parts.set(name, { url, pid: Number(pid) });
  }
  return { ...cluster, parts, front: parts.get("front")?.url ?? "" };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** The processes that a process has started and that run. */
function childrenOf(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8").split(" ").filter(Boolean).map(Number);
}

async function joinThrough(front: string) {
  const socket = await openSignallingSocket(`${front.replace("http", "ws")}/ws`);
  socket.send({ type: "join", room: `r${crypto.randomUUID()}` });
  const { node } = await socket.next("joined");
  return { socket, node };
}

test("[CW21] a cluster serves HTTP and WebSocket at one port from all its nodes, goes on when one is killed, and ends whole", async () => {
  const { front, parts, lines, process: cluster, exited } = await startCluster();
  expect([...parts.keys()]).toEqual(["front", "node-1", "node-2", "node-3", "NATS"]);
  const pids = [...parts.values()].flatMap(({ pid }) => (Number.isNaN(pid) ? [] : [pid]));
  expect(pids.filter(isAlive)).toHaveLength(4);
  const clients = [await joinThrough(front), await joinThrough(front), await joinThrough(front)];
  expect(clients.map(({ node }) => node).sort()).toEqual(["node-1", "node-2", "node-3"]);

  process.kill(parts.get("node-2")?.pid ?? -1, "SIGKILL");
  await lines.next((line) => /^node-2 \(pid \d+\): it ended with SIGKILL$/.test(line));
  for (const { socket, node } of clients) if (node === "node-2") await socket.closed();
  for (let index = 0; index < 4; index++) {
    expect((await fetch(`${front}/readyz`, { headers: { connection: "close" } })).status).toBe(200);
  }
  const later = [await joinThrough(front), await joinThrough(front), await joinThrough(front)];
  expect(new Set(later.map(({ node }) => node))).toEqual(new Set(["node-1", "node-3"]));
  const others = clients.filter(({ node }) => node !== "node-2");
  expect(others.map(({ socket }) => socket.isOpen)).toEqual([true, true]);

  cluster.kill("SIGINT");
  expect(await withDeadline(exited, { what: "the cluster to end", timeoutMs: 30_000 })).toBe(0);
  for (const { socket } of [...others, ...later]) expect((await socket.closed()).code).toBe(1012);
  await eventually(() => !pids.some(isAlive), { what: "every process to be gone" });
});

test("[CW22] the call page works through the front: people see themselves, on whichever node they are", async ({
  chromium,
}) => {
  const { front } = await startCluster(["--nodes", "2"]);
  const context = await chromium.newContext();
  onTestFinished(() => context.close());
  for (const name of ["Ada", "Bo"]) {
    const guest = new CallPage(await context.newPage());
    await guest.page.goto(`${front}/#atrium`);
    await guest.join(name);
    await guest.sees(name);
    expect(guest.errors).toEqual([]);
  }
});

test("[CW23] a cluster whose nats-server does not start says so", async () => {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-path-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "nats-server"), "#!/bin/sh\nexit 3\n", { mode: 0o755 });
  const { lines, exited } = run([], { PATH: folder });
  expect(await exited).toBe(1);
  expect(lines.seen).toEqual(["cluster: Cannot start NATS: it ended with code 3"]);
});

test("[CW23] a cluster that cannot start says in one line why, and leaves nothing behind", async () => {
  for (const [flags, env, line] of [
    [["--nodes", "0"], {}, 'cluster: Cannot use --nodes "0": expected a whole number from 1 to 16'],
    [["--", "--max-rooms", "0"], {}, 'cluster: Cannot use --max-rooms "0": expected a whole number from 1 to 1000000'],
  ] as const) {
    const { lines, exited } = run(flags, env);
    expect(await exited).toBe(1);
    expect(lines.seen).toEqual([line]);
  }
});

test("[CW23] a cluster whose port is taken ends its nodes and NATS", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void other.close());
  const { port } = other.address() as AddressInfo;
  const { process: cluster, lines, exited } = run(["--port", `${port}`]);
  const children = new Set<number>();
  const lookForChildren = () => {
    for (const pid of childrenOf(cluster.pid ?? -1)) children.add(pid);
    return cluster.exitCode !== null;
  };
  await eventually(lookForChildren, { what: "the cluster to give up", timeoutMs: 40_000 });
  expect(await exited).toBe(1);
  expect(lines.seen.at(-1)).toMatch(
    /^cluster: Cannot listen on 127\.0\.0\.1:\d+: the port is in use by another program/,
  );
  expect(children.size, "NATS and three nodes").toBe(4);
  await eventually(() => ![...children].some(isAlive), { what: "every process to be gone", timeoutMs: 30_000 });
});
