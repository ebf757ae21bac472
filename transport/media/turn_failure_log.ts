import type { Logger } from "../../actors/logger.ts";
import type { IceServerFailed } from "../../machines/connectivity_events.ts";

/** Servers that are counted. Ours: more than can be configured by hand; of others nothing is logged, explanations have them all the same. */
const maxServers = 512;
/** A server that did not fail for so long, in milliseconds, begins anew: it worked meanwhile, or nobody asked. Ours. */
const forgottenAfterMs = 10 * 60_000;

/** Says in the log of a node which TURN servers give it no relay: each peer connection asks them, so most of it is left out. */
export class TurnFailureLog {
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #failures = new Map<string, { count: number; atMs: number }>();

  /** @param now milliseconds on any clock that goes on */
  constructor(log: Logger, now: () => number = () => performance.now()) {
    this.#log = log;
    this.#now = now;
  }

  /** One line for the 1st, 2nd, 4th, 8th ... failure of a server, with why, and never with credentials. */
  failed({ url, reason, status, message }: IceServerFailed): void {
    const nowMs = this.#now();
    const last = this.#failures.get(url);
    if (last === undefined && !this.#hasRoom(nowMs)) return;
    const count = last === undefined || nowMs - last.atMs >= forgottenAfterMs ? 1 : last.count + 1;
    this.#failures.set(url, { count, atMs: nowMs });
    if (!Number.isInteger(Math.log2(count))) return;
    const said = [status, message].filter((part) => part !== undefined && part !== "").join(" ");
    const why = reason === "refused" ? "refused the node" : "did not answer the node";
    this.#log.warn("no relay from a TURN server", {
      url,
      reason: said === "" ? why : `${why} (${said})`,
      attempts: count,
    });
  }

  #hasRoom(nowMs: number): boolean {
    if (this.#failures.size < maxServers) return true;
    for (const [url, { atMs }] of this.#failures) if (nowMs - atMs >= forgottenAfterMs) this.#failures.delete(url);
    return this.#failures.size < maxServers;
  }
}
