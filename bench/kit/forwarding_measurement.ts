import type { ForwardingClient } from "./forwarding_client.ts";
import type { JoinOptions } from "./forwarding_client_process.ts";
import type { ForwardingProcess } from "./forwarding_process.ts";
import { packetsPerFrame } from "./forwarding_publisher.ts";
import type { System } from "./forwarding_systems.ts";

/** One system with its clients, as long as a round takes. */
export interface Bench {
  readonly system: System;
  readonly server: ForwardingProcess;
  readonly publisher: ForwardingClient;
  readonly subscribers: ForwardingClient;
  readonly join: JoinOptions;
}

/** One run of one system with one number of subscribers. */
export interface ForwardingMeasurement {
  /** Packets that the publisher sent, and that all subscribers together received, each once. */
  readonly sent: number;
  readonly forwarded: number;
  readonly lost: number;
  /** Datagrams that the server's sockets had no room for, and the clients'. */
  readonly dropped: number;
  readonly droppedByClients: number;
  /** Packets that were sent once more, on request. */
  readonly repeated: number;
  readonly keyframeRequests: number;
  /** CPU of the server for each packet that was forwarded, in microseconds; what it takes in the same time at rest is taken off. */
  readonly cpuUs: number;
  /** The share of a core that the server takes with the same connections and no media. */
  readonly idleLoad: number;
  /** The share of a core that it takes during the run, and those that the clients take. */
  readonly load: number;
  /** How long it took. */
  readonly seconds: number;
  readonly clientLoad: number;
}

/** What is sent, and for how long. */
export interface RunOptions {
  readonly framesPerSecond: number;
  readonly durationMs: number;
  /** After how long all subscribers change their layer. */
  readonly layerIntervalMs?: number | undefined;
}

/** What is still under way after the last packet was sent. */
const drainMs = 300;
const idleMs = 2_000;
/** The layers that subscribers ask for, in turn; it begins with the first, which is also what they have without a wish. */
const layerWishes = [2, 1, 2, 0] as const;
/** Until compilers have seen enough, at a rate that loses nothing: a node runs for days, and a call for many minutes. */
const warmUp = (subscribers: number) => ({
  framesPerSecond: subscribers === 1 ? 250 : 1_000 / subscribers,
  durationMs: 12_000,
});
/** At the rate of the call, until bandwidth estimates allow the highest layer. */
const realWarmUp = { framesPerSecond: 30, durationMs: 10_000 } as const;
/** After connections were set up a program may still be tidying up. */
const settleMs = 1_500;

/** Has the subscribers join, looks at the server while nothing is sent, warms it up, and looks at it while it forwards. */
export async function measureForwarding(
  bench: Bench,
  subscribers: number,
  options: RunOptions,
): Promise<ForwardingMeasurement> {
  const { system, server, join } = bench;
  await bench.subscribers.do({ type: "subscribe", system, subscribers, ...join });
  await sleep(settleMs);
  const idleBefore = { cpuUs: server.cpuUs(), atMs: performance.now() };
  await sleep(idleMs);
  const idleLoad = (server.cpuUs() - idleBefore.cpuUs) / (performance.now() - idleBefore.atMs) / 1_000;
  // Without a pause before what is measured: bandwidth estimates would have to begin anew.
  await run(bench, subscribers, join.isReal ? realWarmUp : warmUp(subscribers));
  const result = await run(bench, subscribers, options);
  return { ...result, idleLoad, cpuUs: (result.cpuUs - idleLoad * 1_000 * result.wallMs) / result.forwarded };
}

/** Loses nothing of these packets in a second: the highest rate is searched from here. */
const firstRate = 500;
const maxLoss = 0.001;
const rampDurationMs = 1_500;

/** The highest rate without loss. */
export interface RampResult {
  /** Packets of the publisher in a second. */
  readonly packetsPerSecond: number;
  /** The clients could do no more, so the server might. */
  readonly isClientLimit: boolean;
}

/** Raises the rate until more than 0.1 % is lost in two attempts, then halves the step three times. */
export async function findHighestRate(bench: Bench, subscribers: number): Promise<RampResult> {
  let good = 0;
  let bad = Number.POSITIVE_INFINITY;
  let wanted = firstRate;
  for (let halvings = 0; halvings < 3; ) {
    const rate = (await tryRate(bench, subscribers, wanted)) ?? (await tryRate(bench, subscribers, wanted));
    if (rate === undefined) bad = wanted;
    else good = Math.max(good, rate);
    // The publisher falls behind: no more is to be had from this machine.
    if (rate !== undefined && rate < 0.9 * wanted) return { packetsPerSecond: rate, isClientLimit: true };
    if (bad === Number.POSITIVE_INFINITY) wanted *= 1.5;
    else {
      wanted = (Math.max(good, bad / 3) + bad) / 2;
      halvings += 1;
    }
  }
  return { packetsPerSecond: good, isClientLimit: false };
}

/** @returns the rate that was really sent, or undefined when too much of it was lost */
async function tryRate(bench: Bench, subscribers: number, packetsPerSecond: number): Promise<number | undefined> {
  const framesPerSecond = packetsPerSecond / packetsPerFrame;
  const options = { framesPerSecond, durationMs: rampDurationMs };
  const { sent, lost, sendMs, droppedByClients } = await run(bench, subscribers, options);
  // What the subscribers had no room for is not the server's loss.
  const lostByServer = lost - droppedByClients;
  await sleep(drainMs);
  return lostByServer > maxLoss * sent * subscribers ? undefined : sent / (sendMs / 1_000);
}

async function run({ system, server, join, ...clients }: Bench, subscribers: number, options: RunOptions) {
  const { layerIntervalMs } = options;
  const { cpuMs: subscribersBeforeMs } = await clients.subscribers.do({ type: "take", system });
  const { cpuMs: publisherBeforeMs } = await clients.publisher.do({ type: "take", system });
  const dropped = () => server.droppedDatagrams();
  const droppedByClients = () => clients.subscribers.process.droppedDatagrams();
  const [droppedBefore, droppedByClientsBefore] = [dropped(), droppedByClients()];
  const before = { cpuUs: server.cpuUs(), atMs: performance.now() };
  let wish = 0;
  let switched: Promise<unknown> = Promise.resolve();
  const switchLayers = () => {
    wish = (wish + 1) % layerWishes.length;
    const layer = layerWishes[wish] ?? 0;
    switched = switched.then(() => clients.subscribers.do({ type: "prefer", system, layer }));
  };
  const timer = layerIntervalMs === undefined ? undefined : setInterval(switchLayers, layerIntervalMs);
  const sending = await clients.publisher.do({ type: "send", system, ...options });
  clearInterval(timer);
  await switched;
  await sleep(drainMs);
  const cpuUs = server.cpuUs() - before.cpuUs;
  const wallMs = performance.now() - before.atMs;
  const taken = await takeAll(clients.subscribers, system);
  const clientCpuMs = taken.cpuMs - subscribersBeforeMs + (sending.cpuMs - publisherBeforeMs);
  return {
    sent: sending.sent,
    forwarded: taken.received,
    // Without layers every packet goes to everyone, so that those missing at the end count too.
    lost: !join.isSimulcast ? sending.sent * subscribers - taken.received : taken.lost,
    dropped: dropped() - droppedBefore,
    droppedByClients: droppedByClients() - droppedByClientsBefore,
    repeated: taken.repeated,
    keyframeRequests: sending.keyframeRequests,
    cpuUs,
    wallMs,
    sendMs: sending.wallMs,
    load: cpuUs / wallMs / 1_000,
    seconds: wallMs / 1_000,
    clientLoad: clientCpuMs / wallMs,
  };
}

/** Subscribers that were too slow still work off what they have. */
async function takeAll(client: ForwardingClient, system: System) {
  const total = await client.do({ type: "take", system });
  let { received, lost, repeated, cpuMs } = total;
  for (;;) {
    await sleep(50);
    const more = await client.do({ type: "take", system });
    if (more.received === 0) return { received, lost, repeated, cpuMs };
    received += more.received;
    repeated += more.repeated;
    lost += more.lost;
    cpuMs = more.cpuMs;
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
