import type { Logger } from "../../actors/logger.ts";
import type { RelayedTrack } from "../../actors/track_relay.ts";
import { createSubjects } from "../../protocol/subjects.ts";
import { NatsBus } from "../../transport/bus/nats_bus.ts";
import { ReceivedTrack } from "../../transport/media/forwarding/received_track.ts";
import { MediaClock } from "../../transport/media/media_clock.ts";
import { BusTrackRelay } from "../../transport/media/relay/bus_track_relay.ts";
import { type CountingSubscriber, RelayedBursts, subscribeCounting } from "./relay_ends.ts";

// One of the two nodes of `relay_over_nats.ts`, which tells it what to do: the one has tracks of clients, the other opens them all and,
// from "start" to "stop", sends each to one client. It answers with the number of packets that it forwarded.

/** Between two turns in which packets come, in milliseconds. */
const pauseMs = 2;
/** After so many turns the server is waited for. */
const turnsPerFlush = 16;

const [role = "", port = "", tracks = "", packets = "", packetBytes = ""] = process.argv.slice(2);
const ids = Array.from({ length: Number(tracks) }, (_, index) => `track-${index}`);
const subjects = createSubjects("bench");
const log: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: fail,
  error: fail,
  child: () => log,
};
const bus = new NatsBus({
  servers: [{ host: "127.0.0.1", port: Number(port) }],
  name: role,
  inboxPrefix: subjects.inboxPrefix,
  log,
});
while (bus.link.state !== "connected") await sleep(10);
const relay = new BusTrackRelay({ bus, subjects, node: role, clock: new MediaClock(), log });
const bursts =
  role === "publisher" ? ids.map(() => new RelayedBursts("none", Number(packets), Number(packetBytes))) : [];
for (const [index, { track }] of bursts.entries()) relay.offer(`track-${index}`, track);
await bus.flush();
const opened =
  role === "publisher"
    ? []
    : await Promise.all(ids.map((id) => relay.open(id, "publisher", new AbortController().signal)));
let subscribers: CountingSubscriber[] = [];
let forwarded = 0;

process.on("message", (order) => void follow(String(order)).then((count) => process.send?.(count)));
process.stdout.write("ready\n");

async function follow(order: string): Promise<number> {
  const [what, turns] = order.split(" ");
  if (what === "play") await play(Number(turns));
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

async function play(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) {
    for (const burst of bursts) burst.burst();
    await sleep(pauseMs);
    if (turn % turnsPerFlush === 0) await bus.flush();
  }
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
