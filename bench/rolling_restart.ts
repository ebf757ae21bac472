import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { LoadReport } from "../load/load_report.ts";
import { startNatsProgram } from "../scripts/cluster/nats_program.ts";
import { TcpFront } from "../scripts/cluster/tcp_front.ts";
import { type RunningNode, startNode } from "../test/kit/start_node.ts";
import { joinRoom } from "../web/client/mod.ts";
import { weriftPlatform } from "../web/node/mod.ts";
import { goFirst, startAside } from "./kit/go_first.ts";

// What a rolling restart of three nodes does to a live call: `npm run bench:rolling [-- --peers 12 --urgent]`. A room of members that all send
// audio and video is spread over the nodes by a front; each node is told to stop, and another one started in its place, one after the
// other. Printed: who was lost, who was seen to leave, and the longest silence of any stream, beside the same call without a restart.
// `--urgent` runs all processes before what else the machine does. Nodes that take another one's place come up behind all of them (as root): what is asked is what
// a restart does to a call, and not what loading a program does to two cores that are busy.

const peers = Number(process.argv[process.argv.indexOf("--peers") + 1]) || 12;
const nodeCount = 3;
const root = fileURLToPath(new URL("..", import.meta.url));

async function runCall(
  label: string,
  during: (nodes: RunningNode[], start: () => Promise<RunningNode>) => Promise<void>,
): Promise<void> {
  const nats = await startNatsProgram();
  const flags = ["--nats", nats.url, "--secret", "x".repeat(32), "--auth", "open", "--host", "127.0.0.1"];
  const start = () => startNode({ flags, timeoutMs: 60_000 });
  const nodes = await Promise.all(Array.from({ length: nodeCount }, start));
  const backends = () => nodes.map(({ url }) => ({ host: "127.0.0.1", port: Number(new URL(url).port) }));
  const front = await TcpFront.listen({ host: "127.0.0.1", port: 0, backends });
  const json = join(mkdtempSync(join(tmpdir(), "signalbox-rolling-")), "report.json");
  const args = [
    "load/main.ts",
    "--url",
    `http://127.0.0.1:${front.port}`,
    "--peers",
    String(peers),
    "--audio",
    "--video",
  ];
  const load = spawn(process.execPath, [...args, "--for", "60s", "--json", json], { cwd: root, stdio: "inherit" });
  const ended = new Promise<number | null>((resolve) => load.once("close", resolve));
  // Somebody who only looks on.
  const url = `ws://127.0.0.1:${front.port}/ws`;
  const left: string[] = [];
  // Everybody is in by then, and nobody has left yet.
  await sleep(5_000 + peers * 500);
  const watcher = await joinRoom("load-1", { url, name: "watcher", subscribe: "none", platform: weriftPlatform });
  watcher.on("peer-left", ({ peer, reason }) => void left.push(`${peer.id} ${reason}`));
  await during(nodes, start);
  const told = [...left];
  watcher.leave();
  const code = await ended;
  const report = JSON.parse(readFileSync(json, "utf8")) as LoadReport;
  const { members, media } = report;
  const gap = media.longestLaterGapMs;
  console.log(
    `${label}: ${members.joined} of ${members.planned} joined, ${members.failed} failed, ${told.length} seen to leave${told.length === 0 ? "" : ` (${told})`}; longest silence of a stream once all were in: ` +
      `p50 ${gap.p50} ms, p95 ${gap.p95} ms, max ${gap.max} ms; load generator ended with ${code}`,
  );
  await Promise.all(nodes.map((node) => node.stop("SIGKILL")));
  await front.close();
  nats.stop();
}

if (process.argv.includes("--urgent")) goFirst();
// What was started is ended on the way out.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
console.log(`${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}`);
await runCall("no restart", () => sleep(1_000));
await runCall("rolling restart", async (nodes, start) => {
  for (const [index, node] of [...nodes].entries()) {
    const startedAtMs = performance.now();
    const code = await node.stop("SIGTERM", 90_000);
    const tookMs = performance.now() - startedAtMs;
    nodes[index] = await startAside(start);
    console.log(
      `node ${index + 1} of ${nodes.length} stopped with ${code} after ${tookMs.toFixed(0)} ms, and is replaced`,
    );
    await sleep(3_000);
  }
});
