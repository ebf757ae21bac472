import { type IceSourceNeed, maxShelfLifeMs } from "../machines/ice_source_machine.ts";
import type { FetchedServerSet } from "./ports.ts";

/** Peers whose credentials are remembered; the one that came first is forgotten for one more. Ours: more than a node has sessions. */
const defaultMaxPeers = 65_536;

/** After this part of its life a credential is replaced when it can be. Ours: less than the part after which clients are told others. */
const keptShare = 0.5;

export interface PeerCredentialsOptions {
  /** Credentials that wait for a peer, at most. */
  readonly ahead: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** A credential has become this peer's. */
  readonly onGiven?: (servers: FetchedServerSet, peerId: string) => void;
  /** Default: 65,536. */
  readonly maxPeers?: number;
}

/** A credential that waits for a peer, or is one's. */
interface Credential {
  readonly servers: FetchedServerSet;
  /** Others are given from then on, if there are any. */
  readonly dueAtMs: number;
  readonly expiresAtMs: number;
}

/**
 * The credentials of a source of which each is one peer's: those that nobody has yet, those that somebody has, and who waits for one. It asks for
 * none itself. On a node that nobody comes to one waits; for each peer that wants one it is one more, up to a bound, and one less for each that
 * got old.
 */
export class PeerCredentials {
  readonly #options: PeerCredentialsOptions;
  readonly #maxPeers: number;
  /** The newest last. */
  #spares: Credential[] = [];
  /** Of which nobody took notice before they were due. They are given when there is no other. */
  readonly #aged = new Set<Credential>();
  readonly #held = new Map<string, Credential>();
  readonly #waiting = new Set<string>();
  #wanted = 1;

  constructor(options: PeerCredentialsOptions) {
    this.#options = options;
    this.#maxPeers = options.maxPeers ?? defaultMaxPeers;
  }

  /** Who has none of its own, or an old one, and the longest first. */
  get waiting(): readonly string[] {
    return [...this.#waiting];
  }

  /** Peers that something is remembered of. */
  get peerCount(): number {
    return this.#held.size + this.#waiting.size;
  }

  get need(): IceSourceNeed {
    const nowMs = this.#options.now();
    const fresh = this.#spares.filter((spare) => !this.#aged.has(spare));
    const shelfLifeMs = Math.min(maxShelfLifeMs, ...fresh.map(({ dueAtMs }) => Math.max(1, dueAtMs - nowMs)));
    return { missing: Math.max(0, this.#wanted - fresh.length) + this.#waiting.size, shelfLifeMs };
  }

  /** The peer's own: what it has, another one when that is old, or nothing: then it waits for one. */
  give(peerId: string): FetchedServerSet | undefined {
    const nowMs = this.#options.now();
    const held = this.#held.get(peerId);
    if (held !== undefined && nowMs < held.dueAtMs) return held.servers;
    const spare = this.#take(nowMs);
    if (!this.#waiting.has(peerId)) this.#wanted = Math.min(this.#options.ahead, this.#wanted + 1);
    if (spare !== undefined) return this.#hold(peerId, spare.servers);
    if (this.#waiting.size < this.#maxPeers) this.#waiting.add(peerId);
    return held !== undefined && nowMs < held.expiresAtMs ? held.servers : undefined;
  }

  /** Takes in what was fetched. @returns the peer that waited for it and has it now */
  add(servers: FetchedServerSet): string | undefined {
    const [peerId] = this.#waiting;
    if (peerId !== undefined) {
      this.#hold(peerId, servers);
      return peerId;
    }
    this.#spares = this.#spares.filter((spare) => !this.#aged.has(spare));
    this.#aged.clear();
    this.#spares.push(this.#credentialOf(servers));
    return undefined;
  }

  forget(peerId: string): void {
    this.#held.delete(peerId);
    this.#waiting.delete(peerId);
  }

  /** Nobody is given this one any more. @returns who had it */
  drop(username: string): readonly string[] {
    const isIt = ({ servers }: Credential) => hasUsername(servers, username);
    this.#spares = this.#spares.filter((spare) => !isIt(spare));
    const holders = [...this.#held].filter(([, credential]) => isIt(credential)).map(([peerId]) => peerId);
    for (const peerId of holders) this.#held.delete(peerId);
    return holders;
  }

  /** Notes what got old, and forgets what has expired. */
  age(): void {
    const nowMs = this.#options.now();
    for (const spare of this.#spares) {
      if (nowMs < spare.dueAtMs || this.#aged.has(spare)) continue;
      this.#aged.add(spare);
      this.#wanted = Math.max(1, this.#wanted - 1);
    }
    for (const [peerId, { expiresAtMs }] of this.#held) if (expiresAtMs <= nowMs) this.#held.delete(peerId);
  }

  #take(nowMs: number): Credential | undefined {
    this.#spares = this.#spares.filter(({ expiresAtMs }) => nowMs < expiresAtMs);
    const taken = this.#spares.find((spare) => !this.#aged.has(spare)) ?? this.#spares.at(-1);
    if (taken === undefined) return undefined;
    this.#spares = this.#spares.filter((spare) => spare !== taken);
    this.#aged.delete(taken);
    return taken;
  }

  #hold(peerId: string, servers: FetchedServerSet): FetchedServerSet {
    this.forget(peerId);
    const [oldest] = this.#held.keys();
    if (this.#held.size >= this.#maxPeers && oldest !== undefined) this.#held.delete(oldest);
    this.#held.set(peerId, this.#credentialOf(servers));
    this.#options.onGiven?.(servers, peerId);
    return servers;
  }

  /** Half of the life that it has from now on. */
  #credentialOf(servers: FetchedServerSet): Credential {
    const nowMs = this.#options.now();
    const expiresAtMs = servers.expiresAtMs ?? nowMs + servers.renewInMs;
    return { servers, expiresAtMs, dueAtMs: nowMs + (expiresAtMs - nowMs) * keptShare };
  }
}

/** Whether it is one of the credentials of these servers. */
export function hasUsername({ iceServers }: FetchedServerSet, username: string): boolean {
  return iceServers.some((server) => server.username === username);
}
