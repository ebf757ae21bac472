import { writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { openSignallingSocket } from "../test/kit/signalling_socket.ts";
import { BenchClient } from "./kit/bench_client.ts";
import { MeasuredServer } from "./kit/measured_server.ts";
import { isPinning } from "./kit/pinned_process.ts";
import { readInteger } from "./kit/read_integer.ts";
import { measureSetups } from "./kit/setup_measurement.ts";
import { median } from "./kit/setup_report.ts";

// What the flight recorder costs: the CPU of a node that records beside one that does not, in turns and in the same processes' time, for
// setting up peer connections and for signalling in rooms.
//
//   npm run bench:recording -- [--rounds 5] [--count 200] [--json figures.json]

const sides = ["recording", "off"] as const;
type Side = (typeof sides)[number];
type Figures = Record<Side, number[]>;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    count: { type: "string", default: "200" },
    json: { type: "string" },
  },
});
const [rounds, count] = [readInteger("rounds", values.rounds, 100), readInteger("count", values.count, 2_000)];

/** Members of one room, and what each says while it is there. */
const [roomSize, sayings] = [10, 8];

/** CPU of the node for each message of a client, in microseconds: join, some changes of metadata, leave. */
async function measureSignalling(server: MeasuredServer): Promise<number> {
  const before = await server.usage();
  for (let room = 0; room < count / roomSize; room += 1) {
    const members = await Promise.all(Array.from({ length: roomSize }, () => openSignallingSocket(server.wsUrl)));
    for (const [index, socket] of members.entries()) {
      socket.send({ type: "join", room: `room-${room}`, name: `peer ${index}` });
      await socket.next("joined");
    }
    for (let said = 0; said < sayings; said += 1) {
      for (const socket of members) socket.send({ type: "metadata", metadata: { said } });
    }
    for (const socket of members) {
      socket.send({ type: "leave", ref: "done" });
      await socket.close();
    }
  }
  await server.quiet();
  const after = await server.usage();
  return ((after.cpuMs - before.cpuMs) * 1_000) / (count * (sayings + 2));
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

const main = fileURLToPath(new URL("../main.ts", import.meta.url));
const start = (flags: readonly string[]) => MeasuredServer.start([main, "--port", "0", ...flags]);
const machine = `${cpus()[0]?.model ?? "unknown CPU"}, ${availableParallelism()} cores, Node ${process.versions.node}`;
say(`${machine}; ${isPinning ? "servers on core 0, client on core 1" : "not pinned: no taskset or only one core"}`);
const servers: Record<Side, MeasuredServer> = {
  recording: await start([]),
  off: await start(["--max-recorded-events", "0"]),
};
const client = new BenchClient();
const setup: Figures = { recording: [], off: [] };
const signalling: Figures = { recording: [], off: [] };
try {
  say("warming up");
  for (const side of sides) {
    await measureSetups(servers[side], client, { count: 600, concurrency: 24 });
    await measureSignalling(servers[side]);
  }
  for (let round = 1; round <= rounds; round += 1) {
    for (const side of round % 2 === 1 ? sides : sides.toReversed()) {
      const { cpuMs, closeCpuMs } = await measureSetups(servers[side], client, { count, concurrency: 24 });
      setup[side].push(cpuMs + closeCpuMs);
      signalling[side].push(await measureSignalling(servers[side]));
      const [last, message] = [setup[side].at(-1), signalling[side].at(-1)];
      say(`round ${round}/${rounds} ${side}: ${last?.toFixed(2)} ms a connection, ${message?.toFixed(0)} us a message`);
    }
  }
} finally {
  client.stop();
  await Promise.all(sides.map((side) => servers[side].stop()));
}

/** Of the rounds: each compares what was measured one after the other. */
const ratio = (figures: Figures) =>
  median(figures.recording.map((on, round) => on / (figures.off[round] ?? Number.NaN)));
const line = (name: string, figures: Figures, digits: number) => {
  const [on, off] = [median(figures.recording), median(figures.off)].map((value) => value.toFixed(digits));
  return `| ${name} | ${on} | ${off} | ${ratio(figures).toFixed(3)} |`;
};
say(`\nMedians of ${rounds} rounds.\n\n| CPU of the node | recording | off | ratio |\n| --- | ---: | ---: | ---: |`);
say(line("set up and close a peer connection, ms", setup, 2));
say(line("a message in a room of ten, us", signalling, 0));
if (values.json !== undefined) {
  writeFileSync(values.json, `${JSON.stringify({ machine, isPinning, setup, signalling }, null, 1)}\n`);
}
