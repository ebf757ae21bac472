import type { WorkerOrder, WorkerReport } from "./worker_message.ts";

/** A worker's end of the channel to the process that started it. */
export interface ParentChannel<Config> {
  readonly config: Config;
  /** Resolves when it is on its way, so that the process may exit. */
  tell(report: WorkerReport): Promise<void>;
}

/**
 * Waits for the first order of the parent.
 *
 * @param onStop called when the parent orders the end, or is gone; more than once if both happen
 * @throws Error when no parent has started this process.
 */
export async function openParentChannel<Config>(onStop: () => void): Promise<ParentChannel<Config>> {
  const send = process.send?.bind(process);
  if (send === undefined) throw new Error("Cannot run a worker by itself: start main.ts with --workers");
  const config = await new Promise<Config>((resolve) => {
    process.on("message", (order: WorkerOrder<Config>) => {
      if (order.type === "start") resolve(order.config);
      else onStop();
    });
    process.once("disconnect", onStop);
  });
  return {
    config,
    tell: (report) => new Promise((resolve) => send(report, undefined, undefined, () => resolve())),
  };
}
