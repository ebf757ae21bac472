import { createHmac } from "node:crypto";
import type { IceCredentials, IceServerSource, IssuedServers } from "../../actors/ports.ts";
import { sourceLives } from "../../config/ice_sources.ts";

export interface TurnRestOptions {
  readonly urls: readonly string[];
  /** The first one signs. The TURN server may know others, old and new. */
  readonly secrets: readonly string[];
  /** Life of a credential, in milliseconds. */
  readonly ttlMs: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * Credentials for a TURN server that shares a secret with the nodes (draft-uberti-behave-turn-rest-00, 2.2; coturn's
 * `use-auth-secret`): made here, one for each peer, and checked there by the same rule, so that nobody is asked.
 */
export class TurnRestServers implements IceServerSource {
  readonly #options: TurnRestOptions;

  constructor(options: TurnRestOptions) {
    this.#options = options;
  }

  /** What operators can do with what is signed here and kept nowhere. */
  get credentials(): Omit<IceCredentials, "source"> {
    return {
      lives: sourceLives["turn-rest"],
      issue: (peerId, ttlMs) => Promise.resolve(this.#sign(peerId, ttlMs)),
      list: "credentials of a shared secret are signed and not kept",
      disable:
        "credentials of a shared secret end with their ttl; to end all of them, take the secret away from the TURN server",
      usage: "the nodes do not see what the TURN server relays; its own log and metrics say",
    };
  }

  issue(peerId: string): IssuedServers {
    return this.#sign(peerId);
  }

  #sign(peerId: string, lifeMs = this.#options.ttlMs): IssuedServers {
    const { urls, secrets, now } = this.#options;
    const expiresAt = Math.floor((now() + lifeMs) / 1_000);
    const username = `${expiresAt}:${peerId}`;
    const credential = createHmac("sha1", secrets[0] ?? "")
      .update(username)
      .digest("base64");
    return { iceServers: [{ urls: [...urls], username, credential }], expiresAtMs: expiresAt * 1_000 };
  }
}
