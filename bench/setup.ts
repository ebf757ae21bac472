import { writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { BenchClient } from "./kit/bench_client.ts";
import { MeasuredServer } from "./kit/measured_server.ts";
import { isPinning } from "./kit/pinned_process.ts";
import { readInteger } from "./kit/read_integer.ts";
import { type MemoryMeasurement, measureMemory, measureSetups } from "./kit/setup_measurement.ts";
import { describeSetups, formatTable, type SetupRound, summarize } from "./kit/setup_report.ts";

// Connections set up per second and what each costs the server, from the offer to the open data channel: a Signalbox node, whole,
// beside werift as it comes. One client (libdatachannel) for both, in turns, in fresh processes each round, over loopback only.
//
//   npm run bench:setup -- [--rounds 3] [--count 200] [--concurrency 1,24,48] [--json figures.json]

const programs = { signalbox: "../main.ts", werift: "kit/werift_server.ts" } as const;
type Side = keyof typeof programs;
const sides: readonly Side[] = ["signalbox", "werift"];
/** What comes before all that is measured: the CPU of a set-up falls by a third until the compiler has seen some hundreds. */
const warmUp = { count: 600, concurrency: 24 } as const;
const noMemory: MemoryMeasurement = { rssBytes: Number.NaN, heapBytes: Number.NaN, failures: [] };
/** No round begins after this long. */
const budgetMs = 15 * 60_000;

function readOptions() {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "3" },
      count: { type: "string", default: "200" },
      concurrency: { type: "string", default: "1,24,48" },
      json: { type: "string" },
    },
  });
  const concurrencies = values.concurrency.split(",").map((text) => readInteger("concurrency", text, 500));
  return {
    rounds: readInteger("rounds", values.rounds, 100),
    count: readInteger("count", values.count, 5_000),
    concurrencies: [...new Set(concurrencies)],
    jsonFile: values.json,
  };
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Both servers run side by side and take turns at each step, so that what the machine does besides meets both. */
async function measureRound(
  servers: Readonly<Record<Side, MeasuredServer>>,
  client: BenchClient,
  { name, order }: { readonly name: string; readonly order: readonly Side[] },
): Promise<Record<Side, SetupRound>> {
  const results = {
    signalbox: { memory: noMemory, setups: new Map() },
    werift: { memory: noMemory, setups: new Map() },
  };
  for (const side of order) {
    await measureSetups(servers[side], client, warmUp);
    const memory = await measureMemory(servers[side], client, options.count);
    results[side].memory = memory;
    const kilobytes = (bytes: number) => `${Math.round(bytes / 1e3)} kB`;
    say(`${name} ${side}, idle: rss ${kilobytes(memory.rssBytes)}, heap ${kilobytes(memory.heapBytes)} each`);
  }
  for (const concurrency of options.concurrencies) {
    // One after another takes werift some 150 ms each.
    const count = concurrency === 1 ? Math.ceil(options.count / 4) : options.count;
    for (const side of order) {
      const measured = await measureSetups(servers[side], client, { count, concurrency });
      results[side].setups.set(concurrency, measured);
      say(`${name} ${side}, ${concurrency} at once: ${describeSetups(measured)}`);
    }
  }
  return results;
}

async function startServers(): Promise<Record<Side, MeasuredServer>> {
  const fileOf = (side: Side) => fileURLToPath(new URL(programs[side], import.meta.url));
  const signalbox = await MeasuredServer.start([fileOf("signalbox"), "--port", "0"]);
  try {
    return { signalbox, werift: await MeasuredServer.start([fileOf("werift")]) };
  } catch (error) {
    await signalbox.stop();
    throw error;
  }
}

const options = readOptions();
const startedAtMs = performance.now();
const rounds: Record<Side, SetupRound[]> = { signalbox: [], werift: [] };
const machine = `${cpus()[0]?.model ?? "unknown CPU"}, ${availableParallelism()} cores, Node ${process.versions.node}`;
say(`${machine}; ${isPinning ? "servers on core 0, client on core 1" : "not pinned: no taskset or only one core"}`);
for (let round = 1; round <= options.rounds && performance.now() - startedAtMs < budgetMs; round++) {
  const servers = await startServers();
  const client = new BenchClient();
  try {
    const order = round % 2 === 1 ? sides : sides.toReversed();
    const results = await measureRound(servers, client, { name: `round ${round}/${options.rounds}`, order });
    for (const side of sides) rounds[side].push(results[side]);
  } finally {
    client.stop();
    await Promise.all(sides.map((side) => servers[side].stop()));
  }
}
const figures = summarize(rounds);
say(
  `\nMedians of ${rounds.signalbox.length} rounds; the slowest, those over 1 s and those that failed of all rounds.\n`,
);
say(formatTable(figures));
if (options.jsonFile !== undefined) {
  const asJson = (_: string, value: unknown) => (value instanceof Map ? Object.fromEntries(value) : value);
  writeFileSync(options.jsonFile, `${JSON.stringify({ machine, isPinning, figures, rounds }, asJson, 1)}\n`);
}
const failures = rounds.signalbox.flatMap(({ setups, memory }) => [
  ...memory.failures,
  ...[...setups.values()].flatMap((setup) => setup.failures),
]);
for (const failure of new Set(failures)) say(`Signalbox failed: ${failure}`);
if (failures.length > 0) process.exitCode = 1;
