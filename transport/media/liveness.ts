/** Something whose silence is watched. */
export interface Watched {
  /** When something came from the other side last: a packet, a check, an answer to one. Milliseconds, as `performance.now`. */
  readonly lastHeardAtMs: number;
  /** Called when it fell silent, and when something came again; each once. */
  onSilence(isSilent: boolean): void;
}

/** How often the times are looked at, in milliseconds; a silence is noticed this much late at most. Ours. */
const periodMs = 500;

/** Tells who fell silent: one timer for all connections of a node, which runs while there are any. */
export class Liveness {
  readonly #silenceTimeoutMs: number;
  /** Whether each was silent when it was last looked at. */
  readonly #watched = new Map<Watched, boolean>();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(silenceTimeoutMs: number) {
    this.#silenceTimeoutMs = silenceTimeoutMs;
  }

  watch(watched: Watched): void {
    if (this.#watched.has(watched)) return;
    this.#watched.set(watched, false);
    this.#timer ??= setInterval(() => this.#look(), periodMs);
  }

  forget(watched: Watched): void {
    this.#watched.delete(watched);
    if (this.#watched.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    const silentSinceMs = performance.now() - this.#silenceTimeoutMs;
    for (const [watched, wasSilent] of this.#watched) {
      const isSilent = watched.lastHeardAtMs <= silentSinceMs;
      if (isSilent === wasSilent) continue;
      this.#watched.set(watched, isSilent);
      watched.onSilence(isSilent);
    }
  }
}
