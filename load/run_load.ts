import { cpus } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import type { Progress } from "./load_message.ts";
import type { LoadOptions } from "./load_options.ts";
import { buildReport, type LoadReport } from "./load_report.ts";
import { planMembers } from "./member_plan.ts";
import { LoadWorker } from "./worker_pool.ts";

/** How long what is under way at the end may take to arrive. Ours: some retransmissions long. */
const drainMs = 1_000;
const progressIntervalMs = 1_000;

/** Who watches a run, and ends it early. */
export interface RunPorts {
  readonly ended: AbortSignal;
  progressed(workers: readonly Progress[], elapsedMs: number): void;
}

/** Plays a run from the first member to the report. */
export async function runLoad(options: LoadOptions, ports: RunPorts): Promise<LoadReport> {
  const startedAt = new Date().toISOString();
  const workers = planMembers(options).map((members) => new LoadWorker(members));
  const ended = new Promise<void>((resolve) => {
    if (ports.ended.aborted) resolve();
    ports.ended.addEventListener("abort", () => resolve(), { once: true });
  });
  const each = async (act: (worker: LoadWorker) => unknown) => void (await Promise.all(workers.map(act)));
  let timer: NodeJS.Timeout | undefined;
  try {
    await each((worker) => worker.ready());
    const startedAtMs = performance.now();
    timer = setInterval(() => {
      const progress = workers.map((worker) => worker.progress);
      ports.progressed(progress, performance.now() - startedAtMs);
    }, progressIntervalMs);
    await each((worker) => worker.start(options));
    await Promise.race([each((worker) => worker.settled()), ended]);
    await each((worker) => worker.measure());
    const [measuredFromMs, before] = [performance.now(), readMachine()];
    if (workers.some(({ isLost, progress }) => !isLost && progress.failed < options.rooms * options.peers)) {
      await Promise.race([pause(options.forMs, undefined, { signal: ports.ended }).catch(() => undefined), ended]);
    }
    await each((worker) => worker.stop());
    const [measuredMs, after] = [performance.now() - measuredFromMs, readMachine()];
    await pause(drainMs);
    const results = await Promise.all(workers.map((worker) => worker.finish()));
    const lostMembers = workers
      .filter((_, index) => results[index] === undefined)
      .reduce((sum, { members }) => sum + members.length, 0);
    const busy = after.busyMs - before.busyMs;
    const machineBusy = (100 * busy) / Math.max(1, busy + after.idleMs - before.idleMs);
    return buildReport(
      results.filter((result) => result !== undefined),
      { options, circumstances: { startedAt, measuredMs, machineBusy, lostMembers } },
    );
  } finally {
    clearInterval(timer);
    for (const worker of workers) worker.kill();
  }
}

/** What all cores have done since the machine started. */
function readMachine(): { readonly busyMs: number; readonly idleMs: number } {
  let [busyMs, idleMs] = [0, 0];
  for (const { times } of cpus()) {
    idleMs += times.idle;
    busyMs += times.user + times.nice + times.sys + times.irq;
  }
  return { busyMs, idleMs };
}
