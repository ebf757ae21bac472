import type { WorkersVerdict } from "../../machines/workers_machine.ts";

// What a parent and its workers say to each other over Node's IPC channel, as JSON.

/** From the parent; `start` comes first and once. */
export type WorkerOrder<Config> = { readonly type: "start"; readonly config: Config } | { readonly type: "stop" };

/** From a worker: one of the two, once. */
export type WorkerReport =
  | { readonly type: "listened"; readonly url: string }
  | { readonly type: "refused"; readonly verdict: WorkersVerdict };
