import type { IceServerSource, IssuedServers } from "../../actors/ports.ts";

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

  issue(peerId: string): IssuedServers {
    const parts = this.#options.sources.flatMap((source) => this.#issueFrom(source, peerId));
    const iceServers = parts.flatMap((part) => part.iceServers);
    const expiresAtMs = Math.min(...parts.map((part) => part.expiresAtMs ?? Number.POSITIVE_INFINITY));
    return Number.isFinite(expiresAtMs) ? { iceServers, expiresAtMs } : { iceServers };
  }

  watch(changed: () => void): void {
    for (const source of this.#options.sources) source.watch?.(changed);
  }

  #issueFrom(source: IceServerSource, peerId: string): readonly IssuedServers[] {
    try {
      return [source.issue(peerId)];
    } catch (error) {
      this.#options.onFailure(error);
      return [];
    }
  }
}
