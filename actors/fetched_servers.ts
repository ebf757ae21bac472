import { type Actor, type ActorOptions, createActor } from "xstate";
import { type IceSourceTimeouts, iceSourceMachine, maxShelfLifeMs } from "../machines/ice_source_machine.ts";
import type { FlightRecorder } from "./flight_recorder.ts";
import type { Logger } from "./logger.ts";
import { hasUsername, PeerCredentials } from "./peer_credentials.ts";
import type { FetchedServerSet, IceProvider, IceServerSource, IssuedServers, IssueOptions } from "./ports.ts";

/** Servers of a provider live for a week at most, and no timer is longer. Ours. */
const maxLifeMs = 7 * 24 * 3_600_000;

/** What is needed where all peers have the node's own. */
const noNeed = { missing: 0, shelfLifeMs: maxShelfLifeMs };

export interface FetchedServersOptions {
  /** `cloudflare`; unique among the sources of a node. */
  readonly name: string;
  readonly provider: IceProvider;
  /** Credentials for peers that are kept ready, at most. Without it all peers are given the node's own. */
  readonly ahead?: number;
  readonly timeouts: IceSourceTimeouts;
  readonly log: Logger;
  readonly recorder?: FlightRecorder | undefined;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Of the timers. Default: the machine's. */
  readonly clock?: ActorOptions<typeof iceSourceMachine>["clock"];
}

/**
 * The servers of a provider that is asked over the network, always ahead: those of the node itself, and a credential for each peer. A peer that comes
 * when none is ready has the node's until one is. Whoever starts it stops it.
 */
export class FetchedServers implements IceServerSource {
  readonly #options: FetchedServersOptions;
  readonly #actor: Actor<typeof iceSourceMachine>;
  readonly #watchers = new Set<(peerId?: string) => void>();
  readonly #peers: PeerCredentials | undefined;
  /** The node's own. */
  #set: FetchedServerSet | undefined;
  #isFetching = false;
  #toldMissing: number | undefined;

  constructor(options: FetchedServersOptions) {
    const { name, recorder, timeouts, ahead, now, clock } = options;
    this.#options = options;
    const onGiven = (servers: FetchedServerSet, peerId: string) => void this.#label(servers, peerId);
    this.#peers = ahead === undefined ? undefined : new PeerCredentials({ ahead, now, onGiven });
    const logic = iceSourceMachine.provide({
      actions: {
        fetchServers: () => void this.#fetch(),
        dropServers: () => {
          this.#set = undefined;
          options.log.error("ICE servers are over, and no others came", { source: name });
        },
        ageSpares: () => {
          this.#peers?.age();
          // Even if as many are missing as before: the next one gets old later.
          this.#toldMissing = undefined;
          this.#count();
        },
        reportFailure: ({ context: { failures, reason } }) => {
          // The 1st, 2nd, 4th, 8th ...: the log of a night without the provider can be read.
          if (Number.isInteger(Math.log2(failures)))
            options.log.warn("ICE servers not fetched, trying on", { source: name, reason, attempts: failures });
        },
      },
    });
    const id = `ice-source:${name}`;
    const given = { ...recorder?.record({ id, parent: "node" }), ...(clock === undefined ? {} : { clock }) };
    this.#actor = createActor(logic, { id, systemId: id, ...given, input: { timeouts } });
  }

  /** The machine's state: `empty.fetching`, `fresh.full` ... */
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

  issue(peerId: string, { isForNode = false }: IssueOptions = {}): IssuedServers {
    const own = isForNode ? undefined : this.#peers?.give(peerId);
    if (!isForNode) this.#count();
    const { iceServers, expiresAtMs } = own ?? this.#set ?? { iceServers: [] };
    // A timer is late on a machine that slept.
    if (expiresAtMs !== undefined && expiresAtMs <= this.#options.now()) return { iceServers: [] };
    return expiresAtMs === undefined ? { iceServers } : { iceServers, expiresAtMs };
  }

  forget(peerId: string): void {
    this.#peers?.forget(peerId);
    this.#count();
  }

  watch(changed: (peerId?: string) => void): void {
    this.#watchers.add(changed);
  }

  /** The credential is refused from now on: nobody is given it any more, and who had it is told others. */
  drop(username: string): void {
    const holders = this.#peers?.drop(username) ?? [];
    if (this.#set !== undefined && hasUsername(this.#set, username)) {
      // Whoever has the node's is told when there is another one.
      this.#set = undefined;
      if (this.#isActive) this.#actor.send({ type: "servers.disabled" });
    }
    this.#count();
    for (const peerId of holders) this.#changed(peerId);
  }

  get #isActive(): boolean {
    return this.#actor.getSnapshot().status === "active";
  }

  async #fetch(): Promise<void> {
    // One at a time: what is under way answers for the next one, too.
    if (this.#isFetching) return;
    this.#isFetching = true;
    const { provider, random } = this.#options;
    try {
      const fetched = await provider.fetch();
      this.#isFetching = false;
      if (this.#isActive) this.#keep(fetched);
    } catch (error) {
      this.#isFetching = false;
      if (!this.#isActive) return;
      const [reason, retryAfterMs] = error instanceof ProviderFailure ? [error.message, error.retryAfterMs] : [];
      const told = { reason: reason ?? String(error), jitter: random(), retryAfterMs: retryAfterMs ?? 0 };
      this.#actor.send({ type: "fetch.failed", ...told });
    }
  }

  #keep(fetched: FetchedServerSet): void {
    const { expiresAtMs, renewInMs } = fetched;
    const endsInMs = expiresAtMs === undefined ? renewInMs : expiresAtMs - this.#options.now();
    const life = { lifeMs: Math.min(Math.max(endsInMs, 1_000), maxLifeMs), isExpiring: expiresAtMs !== undefined };
    if (this.#peers !== undefined && this.#actor.getSnapshot().matches("fresh")) {
      const peerId = this.#peers.add(fetched);
      this.#tellFetched(life);
      if (peerId !== undefined) this.#changed(peerId);
      return;
    }
    const before = this.#set;
    this.#set = fetched;
    this.#tellFetched(life);
    // Those that expire are replaced one by one before they do.
    const isAwaited = before?.expiresAtMs === undefined;
    if (!isAwaited || JSON.stringify(before?.iceServers) === JSON.stringify(fetched.iceServers)) return;
    if (this.#peers === undefined) this.#changed();
    else for (const peerId of this.#peers.waiting) this.#changed(peerId);
  }

  #tellFetched(life: { readonly lifeMs: number; readonly isExpiring: boolean }): void {
    const need = this.#peers?.need ?? noNeed;
    this.#toldMissing = need.missing;
    this.#actor.send({ type: "servers.fetched", ...life, ...need });
  }

  /** Tells the machine how many spares are missing now. */
  #count(): void {
    const need = this.#peers?.need;
    if (need === undefined || need.missing === this.#toldMissing || !this.#isActive) return;
    this.#toldMissing = need.missing;
    this.#actor.send({ type: "spares.counted", ...need });
  }

  #changed(peerId?: string): void {
    for (const changed of this.#watchers) changed(peerId);
  }

  /** A credential without a label works as well, so that nobody waits for this and it is not tried again. */
  async #label({ iceServers }: FetchedServerSet, peerId: string): Promise<void> {
    const { provider, log, name } = this.#options;
    const username = iceServers.find((server) => server.username !== undefined)?.username;
    if (username === undefined) return;
    try {
      await provider.label?.(username, peerId);
    } catch (error) {
      log.debug("ICE credential not labelled", { source: name, reason: String(error) });
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
