import { maxTogether, type ProtectedPacket, unprotectPackets } from "./srtp/unprotect_packets.ts";

/** A datagram on its way in. Filled anew for each. */
export interface Arrival extends ProtectedPacket {
  /**
   * Fills in what has to be known to verify it.
   *
   * @param isFirst all that came before it is taken; when not, and it cannot be prepared, it will be asked again
   * @returns false for one that cannot be verified together with others, but by `takeAlone`
   */
  prepare(isFirst: boolean): boolean;
  takeAlone(): void;
  /** Hands it on, verified and decrypted, unless `length` is -1. */
  takeVerified(): void;
  /** One of these threw: it concerns nobody else. */
  fail(error: unknown): void;
  /** Forgets everything: it would keep alive what is closed. */
  release(): void;
}

/** What is further from another one may not be what it seems before that one is verified: half the numbers there are would do. Ours. */
const maxDistance = 4_096;

/** Datagrams that wait for each other at most. Ours. */
const maxArrivals = 64;

/**
 * The datagrams that one turn of the event loop brings, taken in together at its end, in their order. Four are verified at the cost
 * of two, and what is done for one after the other finds its code and its data in the caches of the core.
 */
export class ArrivalBatch<A extends Arrival> {
  readonly #arrivals: readonly A[];
  readonly #group: A[] = [];
  readonly #run: (take: () => void) => void;
  readonly #flush = (): void => this.flush();
  readonly #take = (): void => this.#takeAll();
  #count = 0;
  #isScheduled = false;

  /** @param run calls what it is given, once, with whatever has to stand around it */
  constructor(create: () => A, run: (take: () => void) => void) {
    this.#arrivals = Array.from({ length: maxArrivals }, create);
    this.#run = run;
  }

  /** The next arrival to fill, which counts once it is added. */
  next(): A {
    return this.#arrivals[this.#count] as A;
  }

  /** That of `next` is filled. */
  add(): void {
    this.#count += 1;
    if (this.#count === maxArrivals) this.flush();
    else if (!this.#isScheduled) {
      this.#isScheduled = true;
      setImmediate(this.#flush);
    }
  }

  /** Takes in what there is. */
  flush(): void {
    this.#isScheduled = false;
    if (this.#count > 0) this.#run(this.#take);
  }

  #takeAll(): void {
    const count = this.#count;
    try {
      for (let i = 0; i < count; i += 1) {
        const arrival = this.#arrivals[i] as A;
        try {
          this.#takeOne(arrival);
        } catch (error) {
          arrival.fail(error);
        }
      }
      this.#takeGroup();
    } finally {
      for (let i = 0; i < count; i += 1) this.#arrivals[i]?.release();
      this.#group.length = 0;
      this.#count = 0;
    }
  }

  #takeOne(arrival: A): void {
    const group = this.#group;
    let isReady = arrival.prepare(group.length === 0);
    if (group.length > 0 && (!isReady || group.some((other) => waitsFor(arrival, other)))) {
      this.#takeGroup();
      isReady = arrival.prepare(true);
    }
    if (!isReady) {
      arrival.takeAlone();
      return;
    }
    group.push(arrival);
    if (group.length === maxTogether) this.#takeGroup();
  }

  #takeGroup(): void {
    const group = this.#group;
    if (group.length === 0) return;
    try {
      unprotectPackets(group, group.length);
      for (const arrival of group) {
        try {
          arrival.takeVerified();
        } catch (error) {
          arrival.fail(error);
        }
      }
    } finally {
      // Those that could not be verified are not tried again with what comes next.
      group.length = 0;
    }
  }
}

/** Whether a datagram can only be prepared once another one is taken: both go to one place, or its index is counted on from the other's. */
function waitsFor({ out, stream, index }: Arrival, other: Arrival): boolean {
  return out === other.out || (stream === other.stream && Math.abs(index - other.index) > maxDistance);
}
