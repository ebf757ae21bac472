import { availableParallelism, cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { type RelayEnds, RelayedBursts } from "./kit/relay_ends.ts";
import { measureRelayOverNats } from "./kit/relay_over_nats.ts";

// What a packet costs that crosses from the node of its publisher to another one, at each end of the relay, in this process: CPU time
// of turns of the event loop that bring packets, less that of turns in which nobody takes them. The publisher's end encodes and hands
// out; the subscribers' end takes in, keeps and forwards to one subscriber, up to SRTP. Beside it what forwarding to one subscriber costs
// on the publisher's own node. What the bus costs comes on top, once for each message.
//
//   npm run bench:relay -- [--rounds 5] [--turns 20000] [--packets 1,3,9,27] [--bytes 1100]
//
// With --nats there are two processes, with a nats-server between them, and several tracks: all CPU time of each process while packets
// cross, less that of the same turns while nobody wants them.
//
//   npm run bench:relay -- --nats [--rounds 3] [--turns 2000] [--packets 3,9] [--bytes 1100] [--tracks 10]

const { values } = parseArgs({
  options: {
    nats: { type: "boolean", default: false },
    rounds: { type: "string" },
    turns: { type: "string" },
    packets: { type: "string" },
    bytes: { type: "string", default: "1100" },
    tracks: { type: "string", default: "10" },
  },
});
const isOverNats = values.nats;
const rounds = Number(values.rounds ?? (isOverNats ? 3 : 5));
const turns = Number(values.turns ?? (isOverNats ? 2_000 : 20_000));
const packetBytes = Number(values.bytes);
const tracks = Number(values.tracks);
const counts = (values.packets ?? (isOverNats ? "3,9" : "1,3,9,27")).split(",").map(Number);
const allEnds: readonly RelayEnds[] = ["none", "local subscriber", "relay, publisher's end", "relay, both ends"];

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Microseconds of CPU for each turn. */
async function measure(ends: RelayEnds, packets: number): Promise<{ us: number; bursts: RelayedBursts }> {
  const bursts = new RelayedBursts(ends, packets, packetBytes);
  const run = (count: number): Promise<void> =>
    new Promise((resolve) => {
      let left = count;
      const turn = (): void => {
        bursts.burst();
        left -= 1;
        if (left > 0) setImmediate(turn);
        else setImmediate(resolve);
      };
      turn();
    });
  await run(Math.ceil(turns / 4));
  const before = process.cpuUsage();
  await run(turns);
  const { user, system } = process.cpuUsage(before);
  bursts.close();
  return { us: (user + system) / turns, bursts };
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
}

say(`${cpus()[0]?.model ?? "unknown CPU"}, ${availableParallelism()} cores, Node ${process.versions.node}`);
if (isOverNats) await compareOverNats();
else await compareEnds();

async function compareEnds(): Promise<void> {
  say(
    `Medians of ${rounds} rounds of ${turns} turns; packets of ${packetBytes} bytes of payload; us of CPU for each packet.\n`,
  );
  say(
    "| packets in a turn | forwarded on the node | publisher's end | subscribers' end, forwarding included | ratio of the last |",
  );
  say("| --- | --- | --- | --- | --- |");
  for (const packets of counts) {
    const times = new Map<RelayEnds, number[]>(allEnds.map((ends) => [ends, []]));
    // The first round is for the compiler.
    for (let round = -1; round < rounds; round += 1) {
      for (const ends of allEnds) {
        const { us, bursts } = await measure(ends, packets);
        if (round < 0) continue;
        times.get(ends)?.push(us);
        const isForwarded = ends === "local subscriber" || ends === "relay, both ends";
        if (isForwarded && bursts.forwarded < packets * turns)
          throw new Error(`Only ${bursts.forwarded} were forwarded`);
      }
    }
    const [none, local, encoded, both] = allEnds.map((ends) => median(times.get(ends) ?? []));
    const each = (us = 0, less = 0): number => Math.max(us - less, 0) / packets;
    const figures = [each(local, none), each(encoded, none), each(both, encoded)] as const;
    const ratio = figures[2] / figures[0];
    say(`| ${packets} | ${figures.map((us) => us.toFixed(2)).join(" | ")} | ${ratio.toFixed(2)} |`);
  }
}

async function compareOverNats(): Promise<void> {
  say(
    `Medians of ${rounds} rounds of ${turns} turns of ${tracks} tracks; packets of ${packetBytes} bytes of payload; us of CPU for each packet.\n`,
  );
  say(
    "| packets in a turn of each track | publisher's node | subscribers' node, forwarding to one included | nats-server |",
  );
  say("| --- | --- | --- | --- |");
  for (const packets of counts) {
    const figures = await measureRelayOverNats({ rounds, turns, tracks, packets, packetBytes });
    const cells = [figures.publisherUs, figures.subscriberUs, figures.serverUs];
    say(`| ${packets} | ${cells.map((us) => median(us).toFixed(2)).join(" | ")} |`);
  }
  say(`\nLoad over the last minute: ${loadavg()[0]?.toFixed(1)}`);
}
