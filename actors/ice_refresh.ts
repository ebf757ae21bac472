import type { IceServer } from "../protocol/ice_server.ts";
import type { IceServerSource } from "./ports.ts";
import type { SessionHandle } from "./session_handle.ts";

/** How often is looked whose servers are about to expire. Ours: a tenth of the shortest life that can be configured. */
export const refreshTickMs = 1_000;

/** After this part of their life servers are replaced. Ours: what is left bears a provider that is down, and clocks that disagree. */
const usedShare = 0.8;

export interface IceRefreshOptions {
  readonly servers: IceServerSource;
  /** Calls something again and again until what it returns is called. */
  readonly every: (periodMs: number, call: () => void) => () => void;
  /** Milliseconds since 1970, as the ends of servers are told. */
  readonly now: () => number;
}

interface Issued {
  readonly session: SessionHandle;
  readonly renewAtMs: number;
}

/** Tells clients in rooms their ICE servers, and other ones before these expire. One clock for all, while there is somebody to look after. */
export class IceRefresh {
  readonly #options: IceRefreshOptions;
  readonly #issued = new Map<string, Issued>();
  #stop: (() => void) | undefined;

  constructor(options: IceRefreshOptions) {
    this.#options = options;
  }

  /** What the client is told now; it is told of others until it is forgotten. */
  issue(session: SessionHandle): readonly IceServer[] {
    const { servers, now } = this.#options;
    const { iceServers, expiresAtMs } = servers.issue(session.id);
    this.#issued.delete(session.id);
    if (expiresAtMs !== undefined) {
      const nowMs = now();
      this.#issued.set(session.id, { session, renewAtMs: nowMs + (expiresAtMs - nowMs) * usedShare });
      this.#stop ??= this.#options.every(refreshTickMs, () => this.#tick());
    }
    return iceServers;
  }

  /** The client is in no room any more. */
  forget(sessionId: string): void {
    this.#issued.delete(sessionId);
  }

  #tick(): void {
    const nowMs = this.#options.now();
    for (const { session, renewAtMs } of [...this.#issued.values()]) {
      if (nowMs >= renewAtMs) session.tell({ type: "ice-servers", iceServers: this.issue(session) });
    }
    if (this.#issued.size > 0) return;
    this.#stop?.();
    this.#stop = undefined;
  }
}
