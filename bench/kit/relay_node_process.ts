import type { Logger } from "../../actors/logger.ts";
import type { RelayedTrack } from "../../actors/track_relay.ts";
import { createSubjects } from "../../protocol/subjects.ts";
import { ReceivedTrack } from "../../transport/media/forwarding/received_track.ts";
import { MediaClock } from "../../transport/media/media_clock.ts";
import { BusTrackRelay } from "../../transport/media/relay/bus_track_relay.ts";
import { NotingBus } from "./noting_bus.ts";
import { type CountingSubscriber, RelayedBursts, subscribeCounting } from "./relay_ends.ts";
import { audioPerSecond, framesPerSecond, type RelayLoad } from "./relay_load.ts";

// One of the two nodes of `relay_over_nats.ts`, which tells it what to do: the one has tracks of clients, the other opens them all and,
// from "start" to "stop", sends each to one client. It answers with the number of packets that it forwarded.

/** Between two turns in which packets come, in milliseconds. */
const pauseMs = 2;
/** After so many turns the server is waited for. */
const turnsPerFlush = 16;
const audioBytes = 100;
const longestWaitMs = 100;

/** A track, and when its packets come. */
interface PlannedTrack {
  readonly id: string;
  readonly packets: number;
  readonly packetBytes: number;
  readonly intervalMs: number;
  readonly bursts: number;
}

const [role = "", port = "", loadText = ""] = process.argv.slice(2);
const load = JSON.parse(loadText) as RelayLoad;
const plan = planTracks();
const subjects = createSubjects("bench");
const log: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: fail,
  error: fail,
  child: () => log,
};
interface TrackPlay {
  readonly count: number;
  readonly intervalMs: number;
  readonly burst: RelayedBursts;
}

const bus = new NotingBus({
  servers: [{ host: "127.0.0.1", port: Number(port) }],
  name: role,
  inboxPrefix: subjects.inboxPrefix,
  log,
});
while (bus.link.state !== "connected") await sleep(10);
const relay = new BusTrackRelay({ bus, subjects, node: role, clock: new MediaClock(), log });
const isPublisher = role === "publisher";
const bursts = isPublisher
  ? plan.map(({ packets, packetBytes }) => new RelayedBursts("none", packets, packetBytes))
  : [];
for (const [index, { track }] of bursts.entries()) relay.offer(plan[index]?.id ?? "", track);
if (!isPublisher) bus.takeIn();
await bus.flush();
const opened = isPublisher
  ? []
  : await Promise.all(plan.map(({ id }) => relay.open(id, "publisher", new AbortController().signal)));
let subscribers: CountingSubscriber[] = [];
let forwarded = 0;

process.on("message", (what) => void follow(String(what)).then((count) => process.send?.(count)));
// In order, so that `--cpu-prof` writes what it has.
process.once("SIGTERM", () => process.exit(0));
process.stdout.write("ready\n");

async function follow(what: string): Promise<number> {
  if (what === "play") await play();
  if (what === "note") await playNoted();
  if (what === "play bare") await bus.publishAgain();
  // Begins what crosses.
  if (what === "begin") await play(0.1);
  if (what === "start") subscribers = opened.map(subscribe);
  if (what === "stop") {
    forwarded = countForwarded();
    for (const subscriber of subscribers) subscriber.stop();
    subscribers = [];
  }
  // What the publisher's node sent before its own flush is here before the answer to this one.
  await bus.flush();
  return countForwarded();
}

/** @param share of the load */
async function play(share = 1): Promise<void> {
  const times = (count: number) => Math.ceil(count * share);
  if ("turns" in load) await playTurns(times(load.turns));
  else
    await Promise.all(
      plan.map(({ bursts: count, intervalMs }, index) =>
        playTrack({ count: times(count), intervalMs, burst: bursts[index] as RelayedBursts }),
      ),
    );
  // What waits to be sent together with what comes next.
  await sleep(longestWaitMs);
}

async function playNoted(): Promise<void> {
  bus.startNoting();
  await play();
  bus.stopNoting();
}

async function playTurns(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) {
    for (const burst of bursts) burst.burst();
    await sleep(pauseMs);
    if (turn % turnsPerFlush === 0) await bus.flush();
  }
}

/** As from a socket of its own: in a callback of its own, whatever else is due in the same turn. */
async function playTrack({ count, intervalMs, burst }: TrackPlay): Promise<void> {
  const startsAtMs = performance.now() + Math.random() * intervalMs;
  for (let played = 0; played < count; played += 1) {
    await sleep(Math.max(0, startsAtMs + played * intervalMs - performance.now()));
    burst.burst();
  }
}

function planTracks(): PlannedTrack[] {
  const make = (count: number, track: Omit<PlannedTrack, "id">) => Array.from({ length: count }, () => track);
  if ("turns" in load) {
    const { tracks, packets, packetBytes, turns } = load;
    return make(tracks, { packets, packetBytes, intervalMs: pauseMs, bursts: turns }).map(withId);
  }
  const { members, seconds, packetsPerFrame, packetBytes } = load;
  const at = (perSecond: number) => ({ intervalMs: 1_000 / perSecond, bursts: seconds * perSecond });
  return [
    ...make(members, { packets: packetsPerFrame, packetBytes, ...at(framesPerSecond) }),
    ...make(members, { packets: 1, packetBytes: audioBytes, ...at(audioPerSecond) }),
  ].map(withId);
}

function withId(track: Omit<PlannedTrack, "id">, index: number): PlannedTrack {
  return { ...track, id: `track-${index}` };
}

function countForwarded(): number {
  return forwarded + subscribers.reduce((sum, { count }) => sum + count, 0);
}

function subscribe({ track }: RelayedTrack): CountingSubscriber {
  if (!(track instanceof ReceivedTrack)) throw new TypeError("It is none of this node's");
  return subscribeCounting(track.source);
}

function sleep(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}

function fail(event: string, fields: unknown): never {
  throw new Error(event, { cause: fields });
}
