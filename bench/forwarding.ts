import { writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import { ForwardingClient } from "./kit/forwarding_client.ts";
import { type Bench, findHighestRate, measureForwarding } from "./kit/forwarding_measurement.ts";
import { profileForwarding } from "./kit/forwarding_profile.ts";
import { describeForwarding, type ForwardingRow, formatForwarding } from "./kit/forwarding_report.ts";
import { type System, startServer, systems } from "./kit/forwarding_systems.ts";
import { goFirst } from "./kit/go_first.ts";
import { isPinning } from "./kit/pinned_process.ts";
import { readInteger } from "./kit/read_integer.ts";

// What forwarding an RTP packet costs the server: a Signalbox node, whole, with a room, beside Janus's VideoRoom (Debian's package
// `janus`) and werift as it comes. One publisher sends VP8 as an encoder does, 270 packets of 1,100 bytes a second in bursts of 9; the
// same clients (libdatachannel) for all, in turns, in fresh processes each round. Packets stay on this machine.
//
//   npm run bench:forwarding -- [--rounds 3] [--subscribers 1,10,30] [--seconds 6] [--systems signalbox,janus,werift]
//                               [--no-ramp] [--real [--layer-seconds 4]] [--profile] [--urgent] [--json figures.json]
//
// CPU is that of all threads of the server's process; what the same connections take at rest, measured before each run, is taken off,
// and a second line leaves it in. The highest rate is found with sockets as the server opens them: what its sockets drop is lost,
// what the clients' drop is not counted. `--real` is a call: three simulcast layers, header extensions, receiver reports,
// transport-wide feedback each 100 ms, a NACK for 1 % of the packets, and all subscribers change their layer every 4 s (0: never).
// `--profile` shows where a Signalbox node spends its time. `--urgent` runs all processes before what else the machine does.

function readOptions() {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "3" },
      subscribers: { type: "string", default: "1,10,30" },
      seconds: { type: "string" },
      "layer-seconds": { type: "string", default: "4" },
      systems: { type: "string", default: systems.join(",") },
      "no-ramp": { type: "boolean", default: false },
      real: { type: "boolean", default: false },
      profile: { type: "boolean", default: false },
      urgent: { type: "boolean", default: false },
      json: { type: "string" },
    },
  });
  const isSystem = (name: string): name is System => systems.some((system) => system === name);
  const names = values.systems.split(",");
  const unknown = names.find((name) => !isSystem(name));
  if (unknown !== undefined) throw new Error(`Cannot use --systems ${unknown}: expected some of ${systems.join(",")}`);
  const layerSeconds = Number(values["layer-seconds"]);
  // A call has each of the four wishes once.
  const seconds = values.real && layerSeconds > 0 ? String(4 * layerSeconds) : "6";
  return {
    rounds: readInteger("rounds", values.rounds, 100),
    subscribers: values.subscribers.split(",").map((text) => readInteger("subscribers", text, 49)),
    durationMs: 1_000 * readInteger("seconds", values.seconds ?? seconds, 60),
    layerIntervalMs:
      values.real && layerSeconds > 0 ? 1_000 * readInteger("layer-seconds", `${layerSeconds}`, 15) : undefined,
    systems: names.filter(isSystem),
    // What a call sends says nothing of the highest rate: feedback lowers it first.
    isRamping: !values["no-ramp"] && !values.real,
    isReal: values.real,
    isProfiling: values.profile,
    isUrgent: values.urgent,
    jsonFile: values.json,
  };
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Says which SRTP profile each leg has, of a server of its own. */
async function tellProfiles(system: System): Promise<void> {
  const { isReal } = options;
  const { server, url } = await startServer(system, { isReal });
  const client = await ForwardingClient.start();
  try {
    const { profiles } = await client.do({ type: "probe", system, url, isReal, isSimulcast: isReal });
    say(`${system}: publisher ${profiles[0]}, subscriber ${profiles[1]}`);
  } finally {
    await client.process.stop("SIGKILL");
    await server.stop();
  }
}

/** All servers run side by side and take turns at each number of subscribers, so that what the machine does besides meets all. */
async function measureRound(round: number, rows: readonly WritableRow[]): Promise<void> {
  const { isReal, durationMs, layerIntervalMs } = options;
  const publisher = await ForwardingClient.start();
  const subscribers = await ForwardingClient.start();
  const benches: Bench[] = [];
  try {
    for (const system of round % 2 === 1 ? options.systems : options.systems.toReversed()) {
      const { server, url } = await startServer(system, { isReal });
      const join = { url, isReal, isSimulcast: isReal };
      benches.push({ system, server, publisher, subscribers, join });
      await publisher.do({ type: "publish", system, ...join });
    }
    for (const count of options.subscribers) {
      for (const bench of benches) {
        const run = { framesPerSecond: 30, durationMs, layerIntervalMs };
        const row = rows.find(({ system, subscribers }) => system === bench.system && subscribers === count);
        const measured = await measureForwarding(bench, count, run);
        row?.measurements.push(measured);
        say(`round ${round}/${options.rounds} ${bench.system}, ${count}: ${describeForwarding(measured)}`);
        // Each takes half a minute: of one round only.
        if (options.isRamping && round === 1) row?.ramps.push(await findHighestRate(bench, count));
      }
    }
  } finally {
    await Promise.all([publisher, subscribers].map((client) => client.process.stop("SIGKILL")));
    await Promise.all(benches.map(({ server }) => server.stop()));
  }
}

interface WritableRow extends ForwardingRow {
  readonly measurements: ForwardingRow["measurements"][number][];
  readonly ramps: ForwardingRow["ramps"][number][];
}

// What was started and changed is ended and put back on the way out.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
const options = readOptions();
if (options.isUrgent) goFirst();
const machine = `${cpus()[0]?.model ?? "unknown CPU"}, ${availableParallelism()} cores, Node ${process.versions.node}`;
say(`${machine}; ${isPinning ? "server on core 0, clients on core 1" : "not pinned: no taskset or only one core"}`);
if (options.isProfiling) {
  for (const count of options.subscribers.filter((subscribers) => subscribers > 1)) {
    say(await profileForwarding(count, options));
  }
} else {
  for (const system of options.systems) await tellProfiles(system);
  const rows: WritableRow[] = options.subscribers.flatMap((subscribers) =>
    options.systems.map((system) => ({ system, subscribers, measurements: [], ramps: [] })),
  );
  for (let round = 1; round <= options.rounds; round++) await measureRound(round, rows);
  say(`\nMedians of ${options.rounds} rounds${options.isReal ? ", with everything that a call has" : ""}.\n`);
  say(formatForwarding(rows));
  if (options.jsonFile !== undefined) {
    writeFileSync(options.jsonFile, `${JSON.stringify({ machine, isPinning, rows }, null, 1)}\n`);
  }
}
