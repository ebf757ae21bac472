import { type Actor, createActor } from "xstate";
import { type WorkerTimeouts, workerMachine } from "../machines/worker_machine.ts";
import { type WorkersVerdict, workersMachine } from "../machines/workers_machine.ts";
import type { Logger } from "./logger.ts";
import { RestartIntensity, type RestartLimit } from "./restart_intensity.ts";

/** A process that runs one node, once it was started. */
export interface WorkerProcess {
  readonly pid: number;
  /** Asks it to end in order. */
  stop(): void;
  /** Ends it at once. */
  kill(): void;
}

/** What a process tells of itself; after `exited` nothing. */
export interface WorkerWatcher {
  listened(url: string): void;
  /** It cannot start as configured, and why, in one line. It exits next. */
  refused(verdict: WorkersVerdict): void;
  /** `how` is for the log: `code 70` or `SIGKILL`. */
  exited(how: string): void;
}

export interface WorkersActorOptions {
  readonly count: number;
  /** The name of a worker's node. */
  readonly nodeIdOf: (worker: number) => string;
  /** `watcher` is not called before it has returned. */
  readonly startProcess: (worker: number, watcher: WorkerWatcher) => WorkerProcess;
  readonly timeouts: WorkerTimeouts;
  readonly restartLimit: RestartLimit;
  /** The parent's exit code when they die too often. */
  readonly faultExitCode: number;
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
  readonly log: Logger;
}

/** The workers of one start: their machine, with the machine of each worker as an effect. Whoever started it sends `workers.stopRequested`. */
export function createWorkersActor(options: WorkersActorOptions): {
  readonly actor: Actor<typeof workersMachine>;
  /** Ends every process at once. */
  killAll(reason: string): void;
} {
  const { count, log } = options;
  const intensity = new RestartIntensity(options.restartLimit);
  const workers = new Map<number, { actor: Actor<typeof workerMachine>; kill: (reason: string) => void }>();
  const logic = workersMachine.provide({
    actions: {
      startWorkers: () => {
        for (let worker = 1; worker <= count; worker++) workers.set(worker, openWorker(worker));
      },
      stopWorkers: () => {
        for (const { actor } of workers.values()) actor.send({ type: "worker.stopRequested" });
      },
    },
  });
  const parent = createActor(logic, { systemId: "workers", input: { count } });
  return {
    actor: parent,
    killAll: (reason) => {
      for (const { kill } of workers.values()) kill(reason);
    },
  };

  function openWorker(worker: number) {
    const node = options.nodeIdOf(worker);
    let process: WorkerProcess | undefined;
    const kill = (reason: string) => {
      if (process === undefined) return;
      log.warn("worker killed", { node, pid: process.pid, reason });
      process.kill();
    };
    const actor = createActor(
      workerMachine.provide({
        actions: {
          startProcess: ({ self }) => {
            process = options.startProcess(worker, {
              listened: () => self.send({ type: "process.listened" }),
              refused: (verdict) => {
                log.error("worker refused to start", { node, reason: verdict.line });
                parent.send({ type: "worker.refused", verdict });
              },
              exited: (how) => {
                const { pid } = process ?? {};
                process = undefined;
                if (self.getSnapshot().matches("stopping")) log.info("worker stopped", { node, how });
                else noteDeath({ node, how, pid });
                self.send({ type: "process.exited" });
              },
            });
            log.info("worker started", { node, pid: process.pid });
          },
          stopProcess: () => process?.stop(),
          killProcess: (_, { reason }) => kill(reason),
        },
      }),
      { systemId: `worker:${node}`, input: { timeouts: options.timeouts } },
    );
    actor.subscribe((snapshot) => {
      if (snapshot.matches("running")) parent.send({ type: "worker.listened", worker });
      if (snapshot.matches("waiting")) parent.send({ type: "worker.died", worker });
      if (snapshot.matches("stopped")) parent.send({ type: "worker.stopped", worker });
    });
    actor.start();
    return { actor, kill };
  }

  function noteDeath({ node, how, pid }: { node: string; how: string; pid: number | undefined }): void {
    log.error("worker died", { node, how, pid });
    if (!intensity.isExceededBy(options.now())) return;
    const { maxCrashes, periodMs } = intensity.describe();
    const line = `Gave up: workers died more than ${maxCrashes} times in ${periodMs / 1_000} s, the last one ${node} (${how})`;
    parent.send({ type: "workers.diedTooOften", verdict: { exitCode: options.faultExitCode, line } });
  }
}
