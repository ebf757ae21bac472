import type { IceServerSource, IssuedServers, IssueOptions } from "../../actors/ports.ts";

/** What sources are combined with. */
export interface CombinedServersOptions {
  /** In the order in which their servers are told. */
  readonly sources: readonly IceServerSource[];
  /** A source threw, and was left out. */
  readonly onFailure: (error: unknown) => void;
}

/** Several sources as one. One that fails leaves the servers of the others. */
export class CombinedServers implements IceServerSource {
  readonly #options: CombinedServersOptions;

  constructor(options: CombinedServersOptions) {
    this.#options = options;
  }

  issue(peerId: string, options?: IssueOptions): IssuedServers {
    const parts = this.#options.sources.flatMap((source) => this.#attempt(() => [source.issue(peerId, options)]) ?? []);
    const iceServers = parts.flatMap((part) => part.iceServers);
    const expiresAtMs = Math.min(...parts.map((part) => part.expiresAtMs ?? Number.POSITIVE_INFINITY));
    return Number.isFinite(expiresAtMs) ? { iceServers, expiresAtMs } : { iceServers };
  }

  forget(peerId: string): void {
    for (const source of this.#options.sources) this.#attempt(() => source.forget?.(peerId));
  }

  watch(changed: (peerId?: string) => void): void {
    for (const source of this.#options.sources) source.watch?.(changed);
  }

  #attempt<T>(act: () => T): T | undefined {
    try {
      return act();
    } catch (error) {
      this.#options.onFailure(error);
      return undefined;
    }
  }
}
