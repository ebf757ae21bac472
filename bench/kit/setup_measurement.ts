import type { BenchClient } from "./bench_client.ts";
import type { MeasuredServer } from "./measured_server.ts";

/** One run of set-ups against one server. */
export interface SetupMeasurement {
  readonly count: number;
  readonly latenciesMs: readonly number[];
  readonly failures: readonly string[];
  readonly perSecond: number;
  /** CPU of the server for each set-up, offer to open data channel with the WebSocket before it. */
  readonly cpuMs: number;
  /** CPU of the server for the end of each. */
  readonly closeCpuMs: number;
  /** How much of its core the client took: near 1 it is what is measured. */
  readonly clientLoad: number;
}

/** What an open and idle connection keeps in memory. */
export interface MemoryMeasurement {
  readonly rssBytes: number;
  readonly heapBytes: number;
}

export interface SetupOrder {
  readonly count: number;
  readonly concurrency: number;
}

/** Sets up `count` connections, `concurrency` at once, keeps them until the last is open, then closes them. */
export async function measureSetups(
  server: MeasuredServer,
  client: BenchClient,
  { count, concurrency }: SetupOrder,
): Promise<SetupMeasurement> {
  const before = await server.usage();
  const { latenciesMs, failures, wallMs, clientCpuMs } = await client.do({
    type: "open",
    wsUrl: server.wsUrl,
    count,
    concurrency,
  });
  const opened = await server.usage();
  await client.do({ type: "close" });
  await server.quiet();
  const closed = await server.usage();
  return {
    count,
    latenciesMs,
    failures,
    perSecond: latenciesMs.length / (wallMs / 1_000),
    cpuMs: (opened.cpuMs - before.cpuMs) / count,
    closeCpuMs: (closed.cpuMs - opened.cpuMs) / count,
    clientLoad: clientCpuMs / wallMs,
  };
}

/** Opens `count` connections and looks, after a collection, what has grown. */
export async function measureMemory(
  server: MeasuredServer,
  client: BenchClient,
  count: number,
): Promise<MemoryMeasurement> {
  const before = await server.usage({ isCollected: true });
  const { latenciesMs } = await client.do({ type: "open", wsUrl: server.wsUrl, count, concurrency: 8 });
  await server.quiet();
  const open = await server.usage({ isCollected: true });
  await client.do({ type: "close" });
  await server.quiet();
  return {
    rssBytes: (open.rssBytes - before.rssBytes) / latenciesMs.length,
    heapBytes: (open.heapBytes - before.heapBytes) / latenciesMs.length,
  };
}
