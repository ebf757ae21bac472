import type { ActorRecord } from "./actor_record.ts";

/** How often a connection that is watched is looked at, in milliseconds. Ours. */
const periodMs = 1_000;
/** So many connections are looked at each time; of more, each gets its turn. Ours: see docs/inspect.md. */
export const maxObservedConnections = 200;

/** Somebody who watches connections of this node. */
export interface ConnectionWatcher {
  /** What is shown to it of those that live: the records of their connectivity. */
  readonly connections: Iterable<ActorRecord>;
}

export interface ConnectionWatchOptions {
  /** Has recorded what the transport is like that a record is about. */
  readonly observe: (record: ActorRecord) => void;
  readonly every: (periodMs: number, call: () => void) => () => void;
}

/** Has the connections that somebody watches looked at again and again, each once however many watch it; nothing while nobody does. */
export class ConnectionWatch {
  readonly #options: ConnectionWatchOptions;
  readonly #watchers = new Set<ConnectionWatcher>();
  #stop: (() => void) | undefined;
  /** How many were looked at so far, in turns. */
  #turn = 0;

  constructor(options: ConnectionWatchOptions) {
    this.#options = options;
  }

  /** @returns what ends it */
  add(watcher: ConnectionWatcher): () => void {
    this.#watchers.add(watcher);
    this.#stop ??= this.#options.every(periodMs, () => this.#look());
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size > 0) return;
      this.#stop?.();
      this.#stop = undefined;
    };
  }

  #look(): void {
    const records = [...new Set([...this.#watchers].flatMap(({ connections }) => [...connections]))];
    const count = Math.min(records.length, maxObservedConnections);
    for (let i = 0; i < count; i += 1) {
      const record = records[(this.#turn + i) % records.length];
      if (record !== undefined) this.#options.observe(record);
    }
    this.#turn = count === 0 ? 0 : (this.#turn + count) % records.length;
  }
}
