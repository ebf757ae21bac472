import { connect, type NatsConnection } from "nats";
import type { SignallingMessage } from "../../test/kit/signalling_socket.ts";
import { LeanSocket } from "./lean_socket.ts";
import { followOrders } from "./ordered_process.ts";

// One of the two processes between which messages go in `cluster_latency.ts`: by clients of nodes, and by NATS itself.

/** The ways of a message from the one process to the other. */
export type LatencyPath = "one node" | "two nodes" | "bare NATS";

/** What a process is told to do. */
export type LatencyOrder =
  | { readonly type: "open"; readonly path: Exclude<LatencyPath, "bare NATS">; readonly wsUrl: string }
  | { readonly type: "open"; readonly path: "bare NATS"; readonly natsUrl: string }
  /** Answered when the last one is sent. */
  | {
      readonly type: "send";
      readonly path: LatencyPath;
      readonly messagesPerSecond: number;
      readonly durationMs: number;
      readonly payloadBytes: number;
    }
  /** Answered with the latencies in microseconds of what came since the last time, in the order of arrival. */
  | { readonly type: "collect" };

const subject = "bench.latency";
const sockets = new Map<LatencyPath, LeanSocket>();
let nats: NatsConnection | undefined;
let latenciesUs: number[] = [];

followOrders(async (order: LatencyOrder) => {
  if (order.type === "open" && order.path === "bare NATS") await openNats(order.natsUrl);
  else if (order.type === "open") await openSocket(order.path, order.wsUrl);
  else if (order.type === "send") return await send(order);
  else if (order.type === "collect") {
    const collected = latenciesUs;
    latenciesUs = [];
    return collected;
  }
  return undefined;
});

async function openNats(url: string): Promise<void> {
  const decoder = new TextDecoder();
  nats = await connect({ servers: url, noEcho: true, noAsyncTraces: true });
  nats.subscribe(subject, { callback: (_, { data }) => note(JSON.parse(decoder.decode(data))) });
  await nats.flush();
}

async function openSocket(path: LatencyPath, wsUrl: string): Promise<void> {
  const socket = await LeanSocket.open(wsUrl);
  const joined = Promise.withResolvers<SignallingMessage>();
  socket.onMessage = (message) => {
    if (message.type === "data") note(message["payload"]);
    else if (message.type === "joined") joined.resolve(message);
    else if (message.type === "error") joined.reject(new Error(JSON.stringify(message)));
  };
  socket.send({ type: "join", room: path.replace(" ", "-") });
  await joined.promise;
  sockets.set(path, socket);
}

/** The system's monotonic clock, which is the same in all processes. */
function nowUs(): number {
  return Number(process.hrtime.bigint()) / 1_000;
}

function note(payload: unknown): void {
  latenciesUs.push(nowUs() - (payload as { at: number }).at);
}

/** @returns how many were sent */
async function send(order: Extract<LatencyOrder, { type: "send" }>): Promise<number> {
  const { path, messagesPerSecond, durationMs, payloadBytes } = order;
  const encoder = new TextEncoder();
  const pad = "x".repeat(Math.max(0, payloadBytes - 40));
  const socket = sockets.get(path);
  const total = Math.round((messagesPerSecond * durationMs) / 1_000);
  const startedAtUs = nowUs();
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, 1 + Math.floor(((nowUs() - startedAtUs) * messagesPerSecond) / 1e6));
    for (; sent < due; sent += 1) {
      const payload = { at: nowUs(), pad };
      if (path === "bare NATS") nats?.publish(subject, encoder.encode(JSON.stringify(payload)));
      else socket?.send({ type: "data", payload });
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return total;
}
