import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { BenchClient } from "./kit/bench_client.ts";
import { percentile } from "./kit/cluster_report.ts";
import { MeasuredServer } from "./kit/measured_server.ts";
import { cores, isPinning } from "./kit/pinned_process.ts";
import { readInteger } from "./kit/read_integer.ts";
import { measureSetups } from "./kit/setup_measurement.ts";
import { median } from "./kit/setup_report.ts";
import { measureSignalling } from "./kit/signalling_measurement.ts";

// What the flight recorder costs: the CPU (user and system) of a node that records beside that of one that does not, for setting up peer
// connections and for signalling in rooms. Short rounds, one of each node right after the other, so that what else the machine does meets
// both; each round gives a ratio. Several pairs of nodes, as each process compiles its code in its own way, for better or worse. The median
// of the ratios says what is usual, the ratio of the sums counts what is rare as well, as a large garbage collection.
//
//   npm run bench:recording -- [--pairs 4] [--rounds 8] [--count 100] [--only setup|signalling] [--json figures.json]

const sides = ["recording", "off"] as const;
type Side = (typeof sides)[number];
type Figures = Record<Side, number[]>;

const { values } = parseArgs({
  options: {
    pairs: { type: "string", default: "4" },
    rounds: { type: "string", default: "8" },
    count: { type: "string", default: "100" },
    only: { type: "string" },
    json: { type: "string" },
  },
});
const rounds = readInteger("rounds", values.rounds, 1_000);
const count = readInteger("count", values.count, 2_000);
const pairs = readInteger("pairs", values.pairs, 100);

/** What is measured, each in its own unit, and once for each round. */
const measures = {
  setup: {
    title: "set up and close a peer connection, ms",
    digits: 2,
    warmUpCount: 600,
    measure: async (server: MeasuredServer, connections: number) => {
      const { cpuMs, closeCpuMs } = await measureSetups(server, client, { count: connections, concurrency: 24 });
      return cpuMs + closeCpuMs;
    },
  },
  signalling: {
    title: "a message in a room of ten, with joining and leaving, us",
    digits: 0,
    warmUpCount: 600,
    measure: measureSignalling,
  },
} as const;
const chosen = Object.entries(measures).filter(([name]) => values.only === undefined || values.only === name);
if (chosen.length === 0) throw new Error(`Cannot use --only ${values.only}: expected setup or signalling`);

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** A line of the table. */
function describe(title: string, digits: number, { recording, off }: Figures): string {
  const ratios = recording.map((on, round) => on / (off[round] ?? Number.NaN)).toSorted((a, b) => a - b);
  const sum = (figures: readonly number[]) => figures.reduce((all, each) => all + each, 0);
  const [low, high] = [25, 75].map((percent) => percentile(ratios, percent).toFixed(3));
  const [on, without] = [recording, off].map((figures) => median(figures).toFixed(digits));
  const total = (sum(recording) / sum(off)).toFixed(3);
  return `| ${title} | ${on} | ${without} | ${median(ratios).toFixed(3)} | ${low} to ${high} | ${total} |`;
}

const main = fileURLToPath(new URL("../main.ts", import.meta.url));
const start = (flags: readonly string[]) => MeasuredServer.start([main, "--port", "0", ...flags]);
const machine = `${cpus()[0]?.model ?? "unknown CPU"}, ${availableParallelism()} cores, Node ${process.versions.node}`;
// The members of rooms live in this process: they are to take no time from the server.
if (isPinning) spawnSync("taskset", ["-cp", `${cores.client}`, `${process.pid}`], { stdio: "ignore" });
say(`${machine}; ${isPinning ? "servers on core 0, clients on core 1" : "not pinned: no taskset or only one core"}`);
const client = new BenchClient();
const figures = new Map<string, Figures>(chosen.map(([name]) => [name, { recording: [], off: [] }]));

/** A pair of nodes, warm, and their rounds. */
async function measurePair(): Promise<void> {
  const servers: Record<Side, MeasuredServer> = {
    recording: await start([]),
    off: await start(["--max-recorded-events", "0"]),
  };
  try {
    for (const side of sides)
      for (const [, { measure, warmUpCount }] of chosen) await measure(servers[side], warmUpCount);
    for (let round = 1; round <= rounds; round += 1) {
      for (const [name, { measure, digits }] of chosen) {
        const taken = figures.get(name);
        for (const side of round % 2 === 1 ? sides : sides.toReversed()) {
          taken?.[side].push(await measure(servers[side], count));
        }
        const [on, off] = sides.map((side) => taken?.[side].at(-1)?.toFixed(digits));
        say(`round ${round}/${rounds} ${name}: ${on} recording, ${off} off`);
      }
    }
  } finally {
    await Promise.all(sides.map((side) => servers[side].stop()));
  }
}

try {
  for (let pair = 1; pair <= pairs; pair += 1) {
    say(`pair ${pair}/${pairs}`);
    await measurePair();
  }
} finally {
  client.stop();
}

say(`\n${pairs} pairs of nodes, ${rounds} rounds of ${count} each.\n`);
say("| CPU of the node, medians | recording | off | ratio, median | middle half | of the sums |");
say("| --- | ---: | ---: | ---: | ---: | ---: |");
for (const [name, { title, digits }] of chosen) {
  const taken = figures.get(name);
  if (taken !== undefined) say(describe(title, digits, taken));
}
if (values.json !== undefined) {
  writeFileSync(
    values.json,
    `${JSON.stringify({ machine, isPinning, pairs, rounds, count, ...Object.fromEntries(figures) }, null, 1)}\n`,
  );
}
