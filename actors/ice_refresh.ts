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
  readonly expiresAtMs: number | undefined;
}

/** Tells clients in rooms their ICE servers, and other ones before these expire. One clock for all, while there is somebody to look after. */
export class IceRefresh {
  readonly #options: IceRefreshOptions;
  readonly #issued = new Map<string, Issued>();
  #stop: (() => void) | undefined;

  constructor(options: IceRefreshOptions) {
    this.#options = options;
    options.servers.watch?.((peerId) => {
      const one = peerId === undefined ? undefined : this.#issued.get(peerId);
      const told = peerId === undefined ? [...this.#issued.values()] : one === undefined ? [] : [one];
      for (const { session } of told) this.#tell(session, this.issue(session));
    });
  }

  /** What the client is told now; it is told of others until it is forgotten. */
  issue(session: SessionHandle): readonly IceServer[] {
    const { servers, now, every } = this.#options;
    const { iceServers, expiresAtMs } = servers.issue(session.id);
    const nowMs = now();
    const renewAtMs = expiresAtMs === undefined ? Number.POSITIVE_INFINITY : nowMs + (expiresAtMs - nowMs) * usedShare;
    this.#issued.set(session.id, { session, renewAtMs, expiresAtMs });
    if (expiresAtMs !== undefined) this.#stop ??= every(refreshTickMs, () => this.#tick());
    return iceServers;
  }

  /** The client is in no room any more. */
  forget(sessionId: string): void {
    if (this.#issued.delete(sessionId)) this.#options.servers.forget?.(sessionId);
  }

  #tick(): void {
    const nowMs = this.#options.now();
    let hasExpiring = false;
    for (const { session, renewAtMs, expiresAtMs } of [...this.#issued.values()]) {
      hasExpiring ||= expiresAtMs !== undefined;
      if (nowMs < renewAtMs) continue;
      const iceServers = this.issue(session);
      // A provider that is down has no others yet.
      if (this.#issued.get(session.id)?.expiresAtMs !== expiresAtMs) this.#tell(session, iceServers);
    }
    if (hasExpiring) return;
    this.#stop?.();
    this.#stop = undefined;
  }

  #tell(session: SessionHandle, iceServers: readonly IceServer[]): void {
    session.tell({ type: "ice-servers", iceServers });
  }
}
