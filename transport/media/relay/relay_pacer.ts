/**
 * Between two moments in which packets leave for other nodes, in milliseconds. Ours: most of what a packet costs is what it costs to write
 * and to wake who reads, so that a busy node has to send many at once; and clients wait longer than this for late packets.
 */
export const paceIntervalMs = 4;

export interface RelayPacerOptions {
  readonly intervalMs?: number;
  /** Milliseconds of `performance.now`. */
  readonly now?: () => number;
  /** Calls something after a time, or when the current turn of the event loop is over (0). */
  readonly after?: (delayMs: number, call: () => void) => void;
}

/**
 * Gathers what the tracks of a node have for other nodes, so that all of it leaves in one piece. What comes when nothing left for
 * `intervalMs` leaves when the current turn of the event loop is over; all else waits until so much time is over, so that a quiet node
 * delays nothing.
 */
export class RelayPacer {
  readonly #intervalMs: number;
  readonly #now: () => number;
  readonly #after: (delayMs: number, call: () => void) => void;
  readonly #run = (): void => this.#sendAll();
  #waiting: (() => void)[] = [];
  #lastAtMs = Number.NEGATIVE_INFINITY;

  constructor({ intervalMs = paceIntervalMs, now, after = wait }: RelayPacerOptions = {}) {
    this.#intervalMs = intervalMs;
    this.#now = now ?? performance.now.bind(performance);
    this.#after = after;
  }

  /** Calls `send` once, later. */
  schedule(send: () => void): void {
    this.#waiting.push(send);
    if (this.#waiting.length > 1) return;
    this.#after(Math.max(0, this.#lastAtMs + this.#intervalMs - this.#now()), this.#run);
  }

  #sendAll(): void {
    this.#lastAtMs = this.#now();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const send of waiting) send();
  }
}

function wait(delayMs: number, call: () => void): void {
  if (delayMs > 0) setTimeout(call, delayMs);
  else setImmediate(call);
}
