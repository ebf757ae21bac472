import type { PeerParts } from "./peer_actor.ts";
import type { SessionHandle } from "./session_handle.ts";

/** The parts of all live peers, and the ends of those that crashed. */
export class PeerBurials {
  readonly parts = new Map<string, PeerParts>();
  /** Engines of crashed peers, which nobody else waits for. */
  readonly #burials = new Set<Promise<void>>();

  /** A peer has ended. What it failed with while closing, if it did. */
  forget(peerId: string): { readonly error: unknown } | undefined {
    const media = this.parts.get(peerId)?.media;
    this.parts.delete(peerId);
    media?.end();
    return media?.failure;
  }

  /** A peer crashed: closes its engine. */
  bury(peerId: string): void {
    const parts = this.parts.get(peerId);
    if (parts === undefined) return;
    const { engine, media } = parts;
    this.parts.delete(peerId);
    media.end();
    const burial = engine
      .close()
      .catch((error) => media.fail(error))
      .finally(() => this.#burials.delete(burial));
    this.#burials.add(burial);
    media.changeState("closed");
  }

  /** A session crashed with all of its peers. */
  buryAllOf(session: SessionHandle): void {
    for (const [peerId, { media }] of [...this.parts]) if (media.session === session) this.bury(peerId);
  }

  /** Resolves when the engines of all that crashed are closed. */
  async settled(): Promise<void> {
    await Promise.all(this.#burials);
  }
}
