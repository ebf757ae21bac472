/** As long as a client of STUN waits at most (RFC 8489, 6.2.1), in milliseconds. */
const lifetimeMs = 39_500;
/** An agent checks a hundred pairs at most, one each 20 ms, and each for some seconds. Ours. */
const maxPerOwner = 256;

/** Who asked, and whom. */
export interface PendingRequest<Owner> {
  readonly owner: Owner;
  /** The address that it went to. */
  readonly remote: string;
  /** Whether that is a client, which signs its answer, and not a server. */
  readonly isToClient: boolean;
}

interface Kept<Owner> extends PendingRequest<Owner> {
  readonly sentAtMs: number;
}

/** STUN requests that wait for their answers, by transaction: an answer names nobody. */
export class PendingRequests<Owner> {
  /** The one that was sent longest ago first. */
  readonly #requests = new Map<string, Kept<Owner>>();
  readonly #idsOf = new Map<Owner, Set<string>>();
  readonly #now: () => number;

  /** @param now milliseconds of a clock that only goes forward */
  constructor(now: () => number) {
    this.#now = now;
  }

  get size(): number {
    return this.#requests.size;
  }

  /** One that is sent once more counts from then on. */
  add(id: string, request: PendingRequest<Owner>): void {
    const { owner } = request;
    const sentAtMs = this.#now();
    this.#dropOld(sentAtMs - lifetimeMs);
    this.drop(id);
    let ids = this.#idsOf.get(owner);
    if (ids === undefined) {
      ids = new Set();
      this.#idsOf.set(owner, ids);
    }
    if (ids.size >= maxPerOwner) this.drop(ids.values().next().value as string);
    ids.add(id);
    this.#requests.set(id, { ...request, sentAtMs });
  }

  /** Who waits for this answer, if anybody does. Who has seen the request can make one up: it goes on to wait. */
  find(id: string): PendingRequest<Owner> | undefined {
    return this.#requests.get(id);
  }

  /** It is answered. */
  drop(id: string): void {
    const request = this.#requests.get(id);
    if (request === undefined) return;
    this.#requests.delete(id);
    const ids = this.#idsOf.get(request.owner);
    ids?.delete(id);
    if (ids?.size === 0) this.#idsOf.delete(request.owner);
  }

  forget(owner: Owner): void {
    for (const id of this.#idsOf.get(owner) ?? []) this.#requests.delete(id);
    this.#idsOf.delete(owner);
  }

  #dropOld(untilMs: number): void {
    for (const [id, { sentAtMs }] of this.#requests) {
      if (sentAtMs > untilMs) return;
      this.drop(id);
    }
  }
}
