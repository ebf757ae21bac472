import { cleanup } from "node-datachannel";
import { ForwardingPublisher, type SendOrder } from "./forwarding_publisher.ts";
import type { ForwardingRoom } from "./forwarding_room.ts";
import { SrtpProbe } from "./forwarding_srtp_probe.ts";
import { ForwardingSubscriber } from "./forwarding_subscriber.ts";
import { openRoom, type System } from "./forwarding_systems.ts";
import { readUsage } from "./usage.ts";

// A process that plays the publishers or the subscribers (libdatachannel), the same for every system: told what to do over IPC.

/** How clients join. */
export interface JoinOptions {
  readonly url: string;
  /** Header extensions and feedback as in a call. */
  readonly isReal: boolean;
  readonly isSimulcast: boolean;
}

/** What a client process is asked for. */
export type ForwardingOrder = { readonly system: System } & (
  | (JoinOptions & { readonly type: "publish" })
  /** Has more subscribers join until there are so many. */
  | (JoinOptions & { readonly type: "subscribe"; readonly subscribers: number })
  | (SendOrder & { readonly type: "send" })
  /** Tells what came since the last time. */
  | { readonly type: "take" }
  /** Has all subscribers change their layer. */
  | { readonly type: "prefer"; readonly layer: number }
  /** Publishes and subscribes once to see the SRTP profiles. */
  | (JoinOptions & { readonly type: "probe" })
);

/** What came of an order; what does not concern it is 0. */
export interface ForwardingReport {
  readonly error?: string;
  /** Packets of the highest layer. */
  readonly sent: number;
  readonly wallMs: number;
  readonly keyframeRequests: number;
  /** Of all subscribers. */
  readonly received: number;
  readonly lost: number;
  readonly repeated: number;
  /** What the process has used since its start: one that is busy all the time is what is measured, and not the server. */
  readonly cpuMs: number;
  readonly profiles: readonly string[];
}

interface Joined {
  readonly room: ForwardingRoom;
  publisher?: ForwardingPublisher;
  readonly subscribers: ForwardingSubscriber[];
}

const nothing = { sent: 0, wallMs: 0, keyframeRequests: 0, received: 0, lost: 0, repeated: 0, profiles: [] };
const rooms = new Map<System, Joined>();

process.on("message", (order: ForwardingOrder) => {
  const answer = (report: Partial<ForwardingReport>) =>
    process.send?.({ ...nothing, cpuMs: readUsage().cpuMs, ...report });
  run(order).then(answer, (error: unknown) =>
    answer({ error: error instanceof Error ? `${error.stack}` : `${error}` }),
  );
});
process.on("disconnect", () => {
  cleanup();
  process.exit(0);
});

async function run(order: ForwardingOrder): Promise<Partial<ForwardingReport>> {
  if (order.type === "probe") return { profiles: await probe(order) };
  if (order.type === "publish") await publish(order);
  if (order.type === "subscribe") await subscribe(order);
  const joined = rooms.get(order.system);
  if (joined === undefined) throw new Error(`no room of ${order.system}`);
  if (order.type === "send") return await send(joined, order);
  if (order.type === "take") return take(joined);
  if (order.type === "prefer") for (const { peer } of joined.subscribers) joined.room.preferLayer(peer, order.layer);
  return {};
}

async function publish(order: JoinOptions & { readonly system: System }): Promise<void> {
  const publisher = new ForwardingPublisher(order);
  const room = await openRoom(order.system, order.url);
  rooms.set(order.system, { room, publisher, subscribers: [] });
  await room.publish(publisher.peer);
  await publisher.peer.open();
  // A track is there when its packets are: servers tell streams by what arrives.
  await publisher.send({ framesPerSecond: 30, durationMs: 300 });
}

async function subscribe(order: Extract<ForwardingOrder, { type: "subscribe" }>): Promise<void> {
  let joined = rooms.get(order.system);
  if (joined === undefined) {
    joined = { room: await openRoom(order.system, order.url), subscribers: [] };
    rooms.set(order.system, joined);
  }
  while (joined.subscribers.length < order.subscribers) {
    const subscriber = new ForwardingSubscriber(order);
    joined.subscribers.push(subscriber);
    await joined.room.subscribe(subscriber.peer);
    await subscriber.peer.open();
  }
}

async function send({ publisher }: Joined, order: SendOrder): Promise<Partial<ForwardingReport>> {
  if (publisher === undefined) throw new Error("this process publishes nothing");
  const requestsBefore = publisher.keyframeRequests;
  const startedAtMs = performance.now();
  const sent = await publisher.send(order);
  const keyframeRequests = publisher.keyframeRequests - requestsBefore;
  return { sent, wallMs: performance.now() - startedAtMs, keyframeRequests };
}

function take({ subscribers }: Joined): Partial<ForwardingReport> {
  const all = subscribers.map((subscriber) => subscriber.take());
  const sum = (read: (one: (typeof all)[number]) => number) => all.reduce((total, one) => total + read(one), 0);
  return {
    received: sum(({ packets }) => packets),
    lost: sum(({ lost }) => lost),
    repeated: sum((one) => one.repeated),
  };
}

/** The profiles of the publisher's leg and of a subscriber's, from their handshakes. */
async function probe(order: JoinOptions & { readonly system: System }): Promise<string[]> {
  const room = await openRoom(order.system, order.url);
  const paths = [new SrtpProbe(), new SrtpProbe()] as const;
  const publisher = new ForwardingPublisher({ ...order, path: paths[0] });
  const subscriber = new ForwardingSubscriber({ ...order, path: paths[1] });
  try {
    await room.publish(publisher.peer);
    await publisher.peer.open();
    await publisher.send({ framesPerSecond: 30, durationMs: 300 });
    await room.subscribe(subscriber.peer);
    await subscriber.peer.open();
    return paths.map(({ profile }) => profile);
  } finally {
    subscriber.close();
    publisher.peer.close();
    room.close();
    for (const path of paths) path.close();
  }
}

process.stdout.write("ready\n");
