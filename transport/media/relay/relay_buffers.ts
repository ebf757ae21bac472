/** Longest message: some 28 packets of video. Ours, far below what a NATS server takes (1 MB by default). */
export const maxRelayMessageBytes = 32_768;
/** Kept for the next turn: 2 MB for a process. Ours. */
const maxKept = 64;

/**
 * Memory for the messages of one turn of the event loop. It is used again in the next one, when a bus has copied what it was given: so
 * messages cost no allocation, and stand in the caches of the core.
 */
export class RelayBuffers {
  readonly #free: Buffer[] = [];
  readonly #used: Buffer[] = [];
  readonly #reclaim = (): void => {
    for (const buffer of this.#used) if (this.#free.length < maxKept) this.#free.push(buffer);
    this.#used.length = 0;
  };

  /** To be given back by `release`. */
  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(maxRelayMessageBytes);
  }

  /** What was handed out of it counts until this turn is over. */
  release(buffer: Buffer): void {
    if (this.#used.length === 0) setImmediate(this.#reclaim);
    this.#used.push(buffer);
  }
}

/** Those of all tracks of this process. */
export const relayBuffers = new RelayBuffers();
