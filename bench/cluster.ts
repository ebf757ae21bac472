import { writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { type BenchCluster, startBenchCluster } from "./kit/bench_cluster.ts";
import { type CrowdFigures, measureCrowd } from "./kit/cluster_crowd.ts";
import { type LatencyFigures, measureLatency } from "./kit/cluster_latency.ts";
import { formatCrowds, formatLatency, formatRelay } from "./kit/cluster_report.ts";
import { goFirst } from "./kit/go_first.ts";
import { readInteger } from "./kit/read_integer.ts";
import { callLoads } from "./kit/relay_load.ts";
import { measureRelayOverNats, type RelayOverNatsFigures } from "./kit/relay_over_nats.ts";

// What a cluster costs: real nodes and a real nats-server, each a process of its own, on this machine.
//
//   npm run bench:cluster -- [--only latency,relay,room] [--rates 100,1000] [--seconds 10] [--bytes 100]
//                            [--rounds 3] [--peers 500] [--concurrency 20] [--rest 30] [--urgent] [--json figures.json]
//
// * latency: of a room's `data` message from client to client, both on one node, and on two; beside a message of the same bytes that
//   the same two processes send each other by NATS alone. In turns of half a second.
// * relay: CPU for each packet of media that crosses, on the publisher's and the subscribers' node (`npm run bench:relay` says more).
// * room: one room filled with clients without media, on one node and over three.
//
// `--urgent` runs all processes before what else the machine does.

const parts = ["latency", "relay", "room"] as const;
type Part = (typeof parts)[number];

function readOptions() {
  const { values } = parseArgs({
    options: {
      only: { type: "string", default: parts.join(",") },
      rates: { type: "string", default: "100,1000" },
      seconds: { type: "string", default: "10" },
      bytes: { type: "string", default: "100" },
      rounds: { type: "string", default: "3" },
      peers: { type: "string", default: "500" },
      concurrency: { type: "string", default: "20" },
      rest: { type: "string", default: "30" },
      urgent: { type: "boolean", default: false },
      json: { type: "string" },
    },
  });
  const isPart = (name: string): name is Part => parts.some((part) => part === name);
  const names = values.only.split(",");
  const unknown = names.find((name) => !isPart(name));
  if (unknown !== undefined) throw new Error(`Cannot use --only ${unknown}: expected some of ${parts.join(",")}`);
  return {
    parts: names.filter(isPart),
    rates: values.rates.split(",").map((text) => readInteger("rates", text, 20_000)),
    seconds: readInteger("seconds", values.seconds, 600),
    payloadBytes: readInteger("bytes", values.bytes, 10_000),
    rounds: readInteger("rounds", values.rounds, 100),
    peers: readInteger("peers", values.peers, 1_000),
    concurrency: readInteger("concurrency", values.concurrency, 500),
    restSeconds: readInteger("rest", values.rest, 600),
    isUrgent: values.urgent,
    jsonFile: values.json,
  };
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function withCluster<T>(nodeCount: number, run: (cluster: BenchCluster) => Promise<T>): Promise<T> {
  const cluster = await startBenchCluster(nodeCount, "bench");
  try {
    return await run(cluster);
  } finally {
    await cluster.stop();
  }
}

function compareLatency(): Promise<LatencyFigures[]> {
  const { rates: messagesPerSecond, seconds, payloadBytes } = options;
  return withCluster(2, ({ nodes: [near, far], nats }) => {
    if (near === undefined || far === undefined) throw new Error("Cannot measure latencies: expected two nodes");
    const wsUrls = [near.wsUrl, far.wsUrl] as const;
    return measureLatency({ natsUrl: nats.url, wsUrls, messagesPerSecond, seconds, payloadBytes, onProgress: say });
  });
}

async function compareRelay(): Promise<{ name: string; figures: RelayOverNatsFigures }[]> {
  const rows: { name: string; figures: RelayOverNatsFigures }[] = [];
  for (const load of callLoads) {
    say(`relay: ${load.name}, ${options.rounds} rounds ...`);
    rows.push({ name: load.name, figures: await measureRelayOverNats({ ...load, rounds: options.rounds }) });
  }
  return rows;
}

async function compareRooms(): Promise<readonly [CrowdFigures, CrowdFigures]> {
  const { peers, concurrency, restSeconds } = options;
  const fill = (nodeCount: number) =>
    withCluster(nodeCount, ({ nodes, monitorPort }) => {
      const room = `${nodeCount}-node-room`;
      return measureCrowd({ nodes, monitorPort, room, peers, concurrency, restSeconds, onProgress: say });
    });
  return [await fill(1), await fill(3)];
}

// What was started is ended on the way out.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
const options = readOptions();
if (options.isUrgent) goFirst();
const machine = `${cpus()[0]?.model ?? "unknown CPU"}, ${availableParallelism()} cores, Node ${process.versions.node}`;
const load = loadavg()[0]?.toFixed(1);
say(`${machine}; load over the last minute ${load}`);
const latency = options.parts.includes("latency") ? await compareLatency() : undefined;
const relay = options.parts.includes("relay") ? await compareRelay() : undefined;
const rooms = options.parts.includes("room") ? await compareRooms() : undefined;
if (latency !== undefined) {
  say(`\nLatency of ${options.payloadBytes} bytes of payload, ${options.seconds} s of each path.\n`);
  say(formatLatency(latency));
}
if (relay !== undefined) say(`\n${formatRelay(relay)}`);
if (rooms !== undefined) say(`\n${formatCrowds(...rooms)}`);
if (options.jsonFile !== undefined)
  writeFileSync(options.jsonFile, `${JSON.stringify({ machine, load, latency, relay, rooms })}\n`);
