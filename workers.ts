import { waitFor } from "xstate";
import type { Logger } from "./actors/logger.ts";
import { createWorkersActor } from "./actors/workers_actor.ts";
import { workerNodeId, workerPorts } from "./config/worker_settings.ts";
import type { Config } from "./config.ts";
import type { WorkersVerdict } from "./machines/workers_machine.ts";
import { authorityOf, describeListenFailure } from "./transport/edge/listen_failure.ts";
import { pickPort } from "./transport/edge/pick_port.ts";
import { relayLine } from "./transport/log/relay_line.ts";
import { exitCodes } from "./transport/process/start_failure.ts";
import { startWorkerProcess } from "./transport/process/worker_process.ts";

// The parent of `--workers`: it forks, watches and stops, and loads nothing of what a node is made of.

/** Ours, and said in docs/cluster.md. */
const timeouts = { startTimeoutMs: 60_000, firstRestartMs: 250, maxRestartMs: 10_000 } as const;
const deathsPerWorker = 3;
const deathPeriodMs = 60_000;
/** A node has this many steps on the way to its end, each of `shutdownTimeoutMs` at most, and the bus to let go of after them. */
const stopSteps = 4;

export interface WorkersOptions {
  readonly config: Config;
  readonly log: Logger;
  /** Where lines of the workers' logs go. */
  readonly output: { write(line: string): void };
}

/** Running workers. Whoever started them stops them. */
export interface Workers {
  /** Resolves with the address that all of them share once all listen, with undefined when it does not come to that. */
  readonly listening: Promise<string | undefined>;
  /** Resolves when every process is gone: with the reason, when nobody asked for it. */
  readonly ended: Promise<WorkersVerdict | undefined>;
  stop(): void;
  /** Ends every process at once. */
  kill(): void;
}

/**
 * Starts `config.workers` processes that share one port.
 *
 * @throws {SignalboxError} `bad-config` when another program has the port.
 */
export async function startWorkers({ config, log, output }: WorkersOptions): Promise<Workers> {
  const { host, workers: count } = config;
  // A port that is shared could be shared with a stranger, too: nobody else may have it when we come.
  const port = await pickPort(host, config.port).catch((error: NodeJS.ErrnoException) => {
    throw describeListenFailure({ host, port: config.port, code: error.code ?? error.message });
  });
  const idOfAll = config.nodeId ?? crypto.randomUUID();
  const secret = config.secret ?? `${crypto.randomUUID()}${crypto.randomUUID()}`;
  const nodeIdOf = (worker: number) => workerNodeId(idOfAll, worker);
  const { actor, killAll } = createWorkersActor({
    count,
    nodeIdOf,
    startProcess: (worker, watcher) => {
      const node = nodeIdOf(worker);
      const { udpPorts, tcpPorts } = config;
      const part = {
        ...(udpPorts === undefined ? {} : { udpPorts: workerPorts(udpPorts, worker, count) }),
        ...(typeof tcpPorts !== "object" ? {} : { tcpPorts: workerPorts(tcpPorts, worker, count) }),
      };
      const onLine = (line: string) => relayLine(line, { output, log, node });
      const entry = new URL("worker.ts", import.meta.url);
      const workerConfig: Config = { ...config, ...part, port, secret, nodeId: node };
      return startWorkerProcess({ entry, config: workerConfig, onLine }, watcher);
    },
    timeouts: { ...timeouts, stopTimeoutMs: config.drainTimeoutMs + stopSteps * config.timeouts.shutdownTimeoutMs },
    restartLimit: { maxCrashes: deathsPerWorker * count, periodMs: deathPeriodMs },
    faultExitCode: exitCodes.softwareFault,
    now: () => performance.now(),
    log,
  });
  actor.start();
  const unlimited = { timeout: Number.POSITIVE_INFINITY };
  const url = `${config.tls === undefined ? "http" : "https"}://${authorityOf(host, port)}`;
  return {
    listening: waitFor(
      actor,
      (snapshot) => snapshot.matches("running") || snapshot.matches("stopping") || snapshot.matches("stopped"),
      unlimited,
    ).then((snapshot) => (snapshot.matches("running") ? url : undefined)),
    ended: waitFor(actor, (snapshot) => snapshot.matches("stopped"), unlimited).then(
      ({ context }) => context.verdict ?? undefined,
    ),
    stop: () => actor.send({ type: "workers.stopRequested" }),
    kill: () => killAll("told to end at once"),
  };
}
