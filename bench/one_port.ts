import { availableParallelism, cpus, release } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { freeUdpPort } from "../test/kit/free_udp_port.ts";
import { BenchClient } from "./kit/bench_client.ts";
import { ForwardingClient } from "./kit/forwarding_client.ts";
import { type Bench, measureForwarding } from "./kit/forwarding_measurement.ts";
import { describeForwarding } from "./kit/forwarding_report.ts";
import { startServer } from "./kit/forwarding_systems.ts";
import { goFirst } from "./kit/go_first.ts";
import { MeasuredServer } from "./kit/measured_server.ts";
import { formatOnePort, type Side, type SideMeasurements, sides } from "./kit/one_port_report.ts";
import { isPinning } from "./kit/pinned_process.ts";
import { readInteger } from "./kit/read_integer.ts";
import { measureSetups } from "./kit/setup_measurement.ts";
import { describeSetups } from "./kit/setup_report.ts";

// What one UDP port for all peers costs, beside a port for each: set-ups of many peers, and forwarding to some of them while the others are
// connected, too. Two nodes side by side take turns at each step, with the same clients (libdatachannel), over loopback only.
//
//   npm run bench:one-port -- [--rounds 3] [--peers 200] [--concurrency 24] [--subscribers 29] [--seconds 6] [--as-linux 6.12] [--urgent]
//
// `--as-linux` has both nodes believe that the kernel is of this release: before 6.13 clients have no sockets of their own on the one port.

const main = fileURLToPath(new URL("../main.ts", import.meta.url));
/** More than a call sends, so that forwarding is most of what is measured. */
const framesPerSecond = 90;
/** Enough for twice as many peers as there may be, below those that the system gives out and those of {@link freeUdpPort}. */
const manyPorts = "10000-19999";
/** Until compilers have seen enough. */
const warmUpCount = 300;

function readOptions() {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "3" },
      peers: { type: "string", default: "200" },
      concurrency: { type: "string", default: "24" },
      subscribers: { type: "string", default: "29" },
      seconds: { type: "string", default: "6" },
      "as-linux": { type: "string" },
      urgent: { type: "boolean", default: false },
    },
  });
  return {
    rounds: readInteger("rounds", values.rounds, 100),
    peers: readInteger("peers", values.peers, 1_000),
    concurrency: readInteger("concurrency", values.concurrency, 500),
    subscribers: readInteger("subscribers", values.subscribers, 49),
    durationMs: 1_000 * readInteger("seconds", values.seconds, 60),
    nodeFlags: values["as-linux"] === undefined ? [] : ["--import", pretendRelease(values["as-linux"])],
    isUrgent: values.urgent,
  };
}

/** A module that has `node:os` tell another release. */
function pretendRelease(release: string): string {
  const program = `import os from "node:os"; import { syncBuiltinESMExports } from "node:module";
    os.release = () => ${JSON.stringify(release)}; syncBuiltinESMExports();`;
  return `data:text/javascript,${encodeURIComponent(program)}`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

async function flagsOf(side: Side): Promise<string[]> {
  return ["--udp-ports", side === "one port" ? `${await freeUdpPort()}` : manyPorts];
}

async function measureSetupRound(order: readonly Side[], name: string): Promise<void> {
  const { peers, concurrency } = options;
  const servers = new Map<Side, MeasuredServer>();
  const client = new BenchClient();
  try {
    for (const side of order) {
      const server = await MeasuredServer.start([...options.nodeFlags, main, "--port", "0", ...(await flagsOf(side))]);
      servers.set(side, server);
      await measureSetups(server, client, { count: warmUpCount, concurrency });
    }
    for (const [side, server] of [...servers, ...servers]) {
      const setups = await measureSetups(server, client, { count: peers, concurrency });
      measured[side].setups.push(setups);
      say(`${name} ${side}: ${describeSetups(setups)}`);
    }
  } finally {
    client.stop();
    await Promise.all([...servers.values()].map((server) => server.stop()));
  }
}

/** A node with all its peers: a publisher, and those that only are there. */
async function openRoom(side: Side, stops: (() => unknown)[]): Promise<Bench> {
  const { nodeFlags } = options;
  const { server, url } = await startServer("signalbox", { isReal: false, nodeFlags, flags: await flagsOf(side) });
  stops.push(() => server.stop());
  const others = new BenchClient();
  stops.push(() => others.stop());
  const count = options.peers - options.subscribers - 1;
  const { failures } = await others.do({ type: "open", wsUrl: url, count, concurrency: options.concurrency });
  if (failures.length > 0) throw new Error(`Cannot set up ${failures.length} of ${count} peers: ${failures[0]}`);
  const [publisher, subscribers] = [await ForwardingClient.start(), await ForwardingClient.start()];
  stops.push(() => Promise.all([publisher, subscribers].map((client) => client.process.stop("SIGKILL"))));
  const join = { url, isReal: false, isSimulcast: false };
  await publisher.do({ type: "publish", system: "signalbox", ...join });
  return { system: "signalbox", server, publisher, subscribers, join };
}

async function measureForwardingRound(order: readonly Side[], name: string): Promise<void> {
  const { subscribers, durationMs } = options;
  const stops: (() => unknown)[] = [];
  try {
    const rooms = new Map<Side, Bench>();
    for (const side of order) rooms.set(side, await openRoom(side, stops));
    for (const [side, room] of [...rooms, ...rooms]) {
      const forwarding = await measureForwarding(room, subscribers, { framesPerSecond, durationMs });
      measured[side].forwarding.push(forwarding);
      say(`${name} ${side}: ${describeForwarding(forwarding)}`);
    }
  } finally {
    for (const stop of stops.toReversed()) await stop();
  }
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
const options = readOptions();
if (options.isUrgent) goFirst();
const measured: Record<Side, SideMeasurements> = {
  "one port": { setups: [], forwarding: [] },
  "a port each": { setups: [], forwarding: [] },
};
say(
  `${cpus()[0]?.model ?? "unknown CPU"}, ${availableParallelism()} cores, Linux ${release()}, Node ${process.versions.node}; ${isPinning ? "servers on core 0, clients on core 1" : "not pinned: no taskset or only one core"}`,
);
for (let round = 1; round <= options.rounds; round += 1) {
  const order = round % 2 === 1 ? sides : sides.toReversed();
  await measureSetupRound(order, `round ${round}/${options.rounds}`);
  await measureForwardingRound(order, `round ${round}/${options.rounds}`);
}
say(`\nMedians of ${options.rounds} rounds, ${options.peers} peers, ${options.subscribers} subscribers.\n`);
say(formatOnePort(measured));
