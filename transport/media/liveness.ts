/** Something whose silence is watched. */
export interface Watched {
  /** When something came from the other side last: a packet, a check, an answer to one. Milliseconds, as `performance.now`. */
  readonly lastHeardAtMs: number;
  /**
   * When the other side last consented to be sent to by the way that is used (RFC 7675): a check of ours was answered, with its
   * password. In the same milliseconds; infinite while nothing is sent.
   */
  readonly consentedAtMs: number;
  /** Called when it fell silent, and when something came again; each once. */
  onSilence(isSilent: boolean): void;
  /** Has to stop sending by every way that had no consent since then. */
  onConsentExpired(sinceMs: number): void;
}

/** Milliseconds. */
export interface LivenessTimeouts {
  readonly silenceTimeoutMs: number;
  readonly consentTimeoutMs: number;
}

/** How often the times are looked at, in milliseconds; a silence is noticed this much late at most, and lost consent this much early. Ours. */
const periodMs = 500;

/** Tells who fell silent: one timer for all connections of a node, which runs while there are any. */
export class Liveness {
  readonly #timeouts: LivenessTimeouts;
  /** Whether each was silent when it was last looked at. */
  readonly #watched = new Map<Watched, boolean>();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(timeouts: LivenessTimeouts) {
    this.#timeouts = timeouts;
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
    const { silenceTimeoutMs, consentTimeoutMs } = this.#timeouts;
    const nowMs = performance.now();
    // What comes may be anybody's who took the address over, so half of the time without consent is a silence too: there is
    // time for an ICE restart, then. The next look would be too late for the end.
    const unwantedSinceMs = nowMs - consentTimeoutMs / 2;
    const expiredSinceMs = nowMs - consentTimeoutMs + periodMs;
    for (const [watched, wasSilent] of this.#watched) {
      const { lastHeardAtMs, consentedAtMs } = watched;
      if (consentedAtMs <= expiredSinceMs) watched.onConsentExpired(expiredSinceMs);
      const isSilent = lastHeardAtMs <= nowMs - silenceTimeoutMs || consentedAtMs <= unwantedSinceMs;
      if (isSilent === wasSilent) continue;
      this.#watched.set(watched, isSilent);
      watched.onSilence(isSilent);
    }
  }
}
