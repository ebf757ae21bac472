import type { BenchClient } from "./bench_client.ts";
import type { MeasuredServer } from "./measured_server.ts";

/** One run of set-ups against one server. */
export interface SetupMeasurement {
  readonly count: number;
  readonly latenciesMs: readonly number[];
  readonly failures: readonly string[];
  /** Tries that the client itself spoiled, and made again; the server has worked for them, too. */
  readonly spoiled: number;
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
  /** Why set-ups before the look failed. */
  readonly failures: readonly string[];
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
  const { latenciesMs, failures, spoiled, wallMs, clientCpuMs } = await client.do({
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
    spoiled,
    perSecond: latenciesMs.length / (wallMs / 1_000),
    cpuMs: (opened.cpuMs - before.cpuMs) / count,
    closeCpuMs: (closed.cpuMs - opened.cpuMs) / count,
    clientLoad: clientCpuMs / wallMs,
  };
}

/**
 * Opens `count` connections, then as many again, and looks what the second half added, after a collection each time: memory that
 * earlier set-ups left to the process would otherwise be filled first and hide what a connection takes.
 */
export async function measureMemory(
  server: MeasuredServer,
  client: BenchClient,
  count: number,
): Promise<MemoryMeasurement> {
  const order = { type: "open", wsUrl: server.wsUrl, count, concurrency: 24 } as const;
  const first = await client.do(order);
  await server.quiet();
  const before = await server.usage({ isCollected: true });
  const second = await client.do(order);
  await server.quiet();
  const after = await server.usage({ isCollected: true });
  await client.do({ type: "close" });
  await server.quiet();
  return {
    rssBytes: (after.rssBytes - before.rssBytes) / second.latenciesMs.length,
    heapBytes: (after.heapBytes - before.heapBytes) / second.latenciesMs.length,
    failures: [...first.failures, ...second.failures],
  };
}
