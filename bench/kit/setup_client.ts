import { cleanup } from "node-datachannel";
import { type OpenConnection, setUpOne } from "./set_up_one.ts";
import { readUsage } from "./usage.ts";

// The process that sets up connections (libdatachannel), the same for every server: told what to do over IPC.

/** What the client is asked for. */
export type ClientOrder =
  | { readonly type: "open"; readonly wsUrl: string; readonly count: number; readonly concurrency: number }
  /** Close every connection that is open. */
  | { readonly type: "close" };

/** What came of an order. */
export interface ClientReport {
  /** Of each set-up that succeeded. */
  readonly latenciesMs: readonly number[];
  /** Why the others did not. */
  readonly failures: readonly string[];
  /** How many tries more it took, which the client itself spoiled. */
  readonly spoiled: number;
  /** Until the last set-up that succeeded, so that those that are waited for in vain only count as failures. */
  readonly wallMs: number;
  /** What the client itself used: a client that is busy all the time is what is measured, and not the server. */
  readonly clientCpuMs: number;
}

/** After this long no further set-up begins; what did not begin counts as failed. */
const budgetMs = 60_000;
const open: OpenConnection[] = [];
/** When the last one was open, and what had been used by then. */
let lastOpened = { atMs: 0, cpuMs: 0 };

process.on("message", (order: ClientOrder) => {
  void run(order).then((report) => process.send?.(report));
});
process.on("disconnect", () => {
  cleanup();
  process.exit(0);
});

async function run(order: ClientOrder): Promise<ClientReport> {
  const cpuBeforeMs = readUsage().cpuMs;
  const startedAtMs = performance.now();
  const latenciesMs: number[] = [];
  const failures: string[] = [];
  let spoiled = 0;
  if (order.type === "close") for (const connection of open.splice(0)) connection.close();
  else spoiled = await openMany(order, latenciesMs, failures);
  const clientCpuMs = lastOpened.cpuMs - cpuBeforeMs;
  return { latenciesMs, failures, spoiled, wallMs: lastOpened.atMs - startedAtMs, clientCpuMs };
}

async function openMany(
  { wsUrl, count, concurrency }: Extract<ClientOrder, { type: "open" }>,
  latenciesMs: number[],
  failures: string[],
): Promise<number> {
  const endsAtMs = performance.now() + budgetMs;
  let left = count;
  let spoiled = 0;
  const work = async () => {
    while (left-- > 0) {
      try {
        if (performance.now() > endsAtMs) throw new Error(`not begun within ${budgetMs / 1_000} s`);
        const connection = await setUpOne(wsUrl);
        latenciesMs.push(connection.latencyMs);
        spoiled += connection.spoiled;
        open.push(connection);
        lastOpened = { atMs: performance.now(), cpuMs: readUsage().cpuMs };
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error));
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return spoiled;
}
