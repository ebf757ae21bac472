/** Something whose silence is watched. */
export interface Watched {
  /** Grows with whatever comes from the other side. */
  readonly receivedCount: number;
  /** Called when it fell silent, and when something came again; each once. */
  onSilence(isSilent: boolean): void;
}

/** How often the counts are looked at, in milliseconds; a silence is noticed this much late at most. Ours. */
const periodMs = 500;

interface Watch {
  count: number;
  changedAtMs: number;
  isSilent: boolean;
}

/** Tells who fell silent: one timer for all connections of a node, which runs while there are any. */
export class Liveness {
  readonly #silenceTimeoutMs: number;
  readonly #watches = new Map<Watched, Watch>();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(silenceTimeoutMs: number) {
    this.#silenceTimeoutMs = silenceTimeoutMs;
  }

  watch(watched: Watched): void {
    if (this.#watches.has(watched)) return;
    this.#watches.set(watched, { count: watched.receivedCount, changedAtMs: performance.now(), isSilent: false });
    this.#timer ??= setInterval(() => this.#look(), periodMs);
  }

  forget(watched: Watched): void {
    this.#watches.delete(watched);
    if (this.#watches.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    const nowMs = performance.now();
    for (const [watched, watch] of this.#watches) {
      const count = watched.receivedCount;
      if (count !== watch.count) {
        watch.count = count;
        watch.changedAtMs = nowMs;
        if (watch.isSilent) {
          watch.isSilent = false;
          watched.onSilence(false);
        }
      } else if (!watch.isSilent && nowMs - watch.changedAtMs >= this.#silenceTimeoutMs) {
        watch.isSilent = true;
        watched.onSilence(true);
      }
    }
  }
}
