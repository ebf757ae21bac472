import { type Actor, createActor } from "xstate";
import { type IceSourceTimeouts, iceSourceMachine } from "../machines/ice_source_machine.ts";
import type { FlightRecorder } from "./flight_recorder.ts";
import type { Logger } from "./logger.ts";
import type { FetchedServerSet, IceProvider, IceServerSource, IssuedServers } from "./ports.ts";

/** Servers of a provider live for a week at most, and no timer is longer. Ours. */
const maxLifeMs = 7 * 24 * 3_600_000;

export interface FetchedServersOptions {
  /** `cloudflare`; unique among the sources of a node. */
  readonly name: string;
  readonly provider: IceProvider;
  readonly timeouts: IceSourceTimeouts;
  readonly log: Logger;
  readonly recorder?: FlightRecorder | undefined;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The servers of a provider that is asked over the network: fetched ahead, the same for all peers of the node. Whoever starts it stops it. */
export class FetchedServers implements IceServerSource {
  readonly #options: FetchedServersOptions;
  readonly #actor: Actor<typeof iceSourceMachine>;
  readonly #watchers = new Set<() => void>();
  #set: FetchedServerSet | undefined;
  #isFetching = false;

  constructor(options: FetchedServersOptions) {
    const { name, recorder, timeouts } = options;
    this.#options = options;
    const logic = iceSourceMachine.provide({
      actions: {
        fetchServers: () => void this.#fetch(),
        dropServers: () => {
          this.#set = undefined;
          options.log.error("ICE servers are over, and no others came", { source: name });
        },
        reportFailure: ({ context: { failures, reason } }) => {
          // The 1st, 2nd, 4th, 8th ...: the log of a night without the provider can be read.
          if (Number.isInteger(Math.log2(failures)))
            options.log.warn("ICE servers not fetched, trying on", { source: name, reason, attempts: failures });
        },
      },
    });
    const id = `ice-source:${name}`;
    const record = recorder?.record({ id, parent: "node" });
    this.#actor = createActor(logic, { id, systemId: id, ...record, input: { timeouts } });
  }

  /** The machine's state: `empty.fetching`, `fresh` ... */
  get state(): unknown {
    return this.#actor.getSnapshot().value;
  }

  start(): void {
    this.#actor.start();
  }

  stop(): void {
    this.#actor.send({ type: "source.stopped" });
    this.#options.recorder?.ended(`ice-source:${this.#options.name}`);
  }

  issue(): IssuedServers {
    const { iceServers, expiresAtMs } = this.#set ?? { iceServers: [] };
    // A timer is late on a machine that slept.
    if (expiresAtMs !== undefined && expiresAtMs <= this.#options.now()) return { iceServers: [] };
    return expiresAtMs === undefined ? { iceServers } : { iceServers, expiresAtMs };
  }

  watch(changed: () => void): void {
    this.#watchers.add(changed);
  }

  async #fetch(): Promise<void> {
    // One at a time: what is under way answers for the next one, too.
    if (this.#isFetching) return;
    this.#isFetching = true;
    const { provider, random, now } = this.#options;
    try {
      const fetched = await provider.fetch();
      if (this.#actor.getSnapshot().status !== "active") return;
      const before = this.#set;
      this.#set = fetched;
      const endsInMs = fetched.expiresAtMs === undefined ? fetched.renewInMs : fetched.expiresAtMs - now();
      const lifeMs = Math.min(Math.max(endsInMs, 1_000), maxLifeMs);
      this.#actor.send({ type: "servers.fetched", lifeMs, isExpiring: fetched.expiresAtMs !== undefined });
      // Those that expire are replaced one by one before they do.
      const isAwaited = before?.expiresAtMs === undefined;
      if (isAwaited && JSON.stringify(before?.iceServers) !== JSON.stringify(fetched.iceServers))
        for (const changed of this.#watchers) changed();
    } catch (error) {
      if (this.#actor.getSnapshot().status !== "active") return;
      const [reason, retryAfterMs] = error instanceof ProviderFailure ? [error.message, error.retryAfterMs] : [];
      const told = { reason: reason ?? String(error), jitter: random(), retryAfterMs: retryAfterMs ?? 0 };
      this.#actor.send({ type: "fetch.failed", ...told });
    } finally {
      this.#isFetching = false;
    }
  }
}

/** A provider gave no servers. The message is for operators, and holds no secret. */
export class ProviderFailure extends Error {
  /** It asked not to be asked for so long. */
  readonly retryAfterMs: number;

  constructor(message: string, retryAfterMs = 0) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}
