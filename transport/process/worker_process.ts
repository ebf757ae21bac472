import { fork } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { WorkerProcess, WorkerWatcher } from "../../actors/workers_actor.ts";
import type { WorkerOrder, WorkerReport } from "./worker_message.ts";

export interface WorkerProcessOptions<Config> {
  /** The program, which opens a `ParentChannel`. */
  readonly entry: URL;
  /** JSON-safe. */
  readonly config: Config;
  /** Takes each line of its stdout and stderr, without its end. */
  readonly onLine: (line: string) => void;
}

/** Starts a process that runs a node. Should we die it ends by itself, since its channel to us closes. */
export function startWorkerProcess<Config>(
  options: WorkerProcessOptions<Config>,
  watcher: WorkerWatcher,
): WorkerProcess {
  const child = fork(fileURLToPath(options.entry), [], { stdio: ["ignore", "pipe", "pipe", "ipc"] });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) createInterface({ input: stream }).on("line", options.onLine);
  }
  // A channel that is closed is a process that ends, of which `exit` tells.
  const order = (message: WorkerOrder<Config>) => void child.send(message, () => undefined);
  child.on("message", (report: WorkerReport) => {
    if (report.type === "listened") watcher.listened(report.url);
    else watcher.refused(report.verdict);
  });
  child.once("exit", (code, signal) => watcher.exited(signal ?? `code ${code}`));
  child.on("error", (error) => {
    // Without a process there is no `exit`.
    if (child.pid === undefined) watcher.exited(error.message);
    else options.onLine(`The process could not be told: ${error.message}`);
  });
  order({ type: "start", config: options.config });
  return { pid: child.pid ?? -1, stop: () => order({ type: "stop" }), kill: () => void child.kill("SIGKILL") };
}
