import type { BusHandler } from "../../actors/bus.ts";
import { LocalBus } from "./local_bus.ts";
import type { BusClock } from "./pending_requests.ts";
import { processClock } from "./process_clock.ts";
import { compilePattern, isLiteral } from "./subject_pattern.ts";

/** What `LocalHubOptions.route` decides about. */
export interface Delivery {
  /** The names of the two buses. */
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly payload: Uint8Array;
}

/** How messages travel. By default each arrives in the next turn of the event loop. */
export interface LocalHubOptions {
  /** For deliveries and the time limits of requests. A simulation gives one that it moves itself, as XState's `SimulatedClock`. */
  readonly clock?: BusClock;
  /**
   * Asked for each message and each bus that is to get it: after how many milliseconds of `clock` it arrives, or undefined when it is
   * lost. What one bus sends to another never overtakes itself, however short the delay.
   */
  readonly route?: (delivery: Delivery) => number | undefined;
  /** Told what a handler threw. Default: it is thrown in a turn of its own. */
  readonly reportFault?: (error: unknown) => void;
}

/** What a bus subscribed to. */
export interface LocalInterest {
  readonly bus: LocalBus;
  readonly pattern: string;
  readonly handler: BusHandler;
  readonly matches: (subject: string) => boolean;
  isEnded: boolean;
}

/** Messages under way from one bus to another, which arrive in this order. */
interface Way {
  readonly arrivals: (() => void)[];
  lastDueMs: number;
}

/** Connects the local buses of one process, as a NATS server does others. */
export class LocalHub {
  readonly clock: BusClock;
  readonly reportFault: (error: unknown) => void;
  readonly #route: LocalHubOptions["route"];
  readonly #isSimulated: boolean;
  readonly #literals = new Map<string, Set<LocalInterest>>();
  /** By bus, so that a node alone, whose rooms each have one, holds what it publishes against none of them. */
  readonly #wildcards = new Map<LocalBus, Set<LocalInterest>>();
  readonly #ways = new WeakMap<LocalBus, WeakMap<LocalBus, Way>>();
  #nextTurn: (() => void)[] = [];

  constructor(options: LocalHubOptions = {}) {
    this.#isSimulated = options.clock !== undefined;
    this.clock = options.clock ?? processClock;
    this.#route = options.route;
    this.reportFault = options.reportFault ?? throwLater;
  }

  /** A bus that hears all others of this hub; `name` is what `route` knows it by. Whoever connects it closes it. */
  connect(name = "local"): LocalBus {
    return new LocalBus(this, name);
  }

  /** For {@linkcode LocalBus}, as all that follows. */
  add(bus: LocalBus, pattern: string, handler: BusHandler): LocalInterest {
    const interest = { bus, pattern, handler, matches: compilePattern(pattern), isEnded: false };
    if (isLiteral(pattern)) addTo(this.#literals, pattern, interest);
    else addTo(this.#wildcards, bus, interest);
    return interest;
  }

  /** Nothing new is sent to it; what is under way arrives. */
  remove(interest: LocalInterest): void {
    removeFrom(this.#literals, interest.pattern, interest);
    removeFrom(this.#wildcards, interest.bus, interest);
  }

  /** @returns of a request whether anyone subscribed; `from` itself counts, as with NATS, though it gets nothing */
  send(
    from: LocalBus,
    message: { readonly subject: string; readonly payload: Uint8Array; readonly reply: string },
  ): boolean {
    const { subject, reply } = message;
    const others = this.#find(subject, (bus) => bus !== from);
    if (others.length === 0) return reply !== "" && this.#find(subject, (bus) => bus === from).length > 0;
    const payload = message.payload.slice();
    for (const [to, theirs] of Map.groupBy(others, ({ bus }) => bus)) {
      const delayMs = this.#route === undefined ? 0 : this.#route({ from: from.name, to: to.name, subject, payload });
      if (delayMs !== undefined) this.#carry(from, to, delayMs, () => to.receive(theirs, { subject, payload, reply }));
    }
    return true;
  }

  /** Calls when what has been sent without a delay before has arrived. */
  afterTurn(call: () => void): void {
    if (this.#isSimulated) {
      this.clock.setTimeout(call, 0);
      return;
    }
    this.#nextTurn.push(call);
    if (this.#nextTurn.length === 1) setImmediate(() => this.#runTurn());
  }

  #find(subject: string, isAsked: (bus: LocalBus) => boolean): LocalInterest[] {
    const found = [...(this.#literals.get(subject) ?? [])].filter(({ bus }) => isAsked(bus));
    for (const [bus, theirs] of this.#wildcards) {
      if (isAsked(bus)) found.push(...[...theirs].filter(({ matches }) => matches(subject)));
    }
    return found.filter(({ bus }) => bus.isReachable);
  }

  #carry(from: LocalBus, to: LocalBus, delayMs: number, arrive: () => void): void {
    if (!this.#isSimulated && this.#route === undefined) {
      this.afterTurn(arrive);
      return;
    }
    const way = this.#wayOf(from, to);
    const nowMs = this.clock.now();
    way.lastDueMs = Math.max(way.lastDueMs, nowMs + delayMs);
    way.arrivals.push(arrive);
    // Whichever timer fires takes the oldest, so that the order holds even if a clock is not exact.
    this.clock.setTimeout(() => way.arrivals.shift()?.(), way.lastDueMs - nowMs);
  }

  #wayOf(from: LocalBus, to: LocalBus): Way {
    const ways = this.#ways.get(from) ?? new WeakMap<LocalBus, Way>();
    const way = ways.get(to) ?? { arrivals: [], lastDueMs: 0 };
    ways.set(to, way);
    this.#ways.set(from, ways);
    return way;
  }

  /** What is sent meanwhile arrives in the turn after this one. */
  #runTurn(): void {
    const calls = this.#nextTurn;
    this.#nextTurn = [];
    for (const call of calls) call();
  }
}

function addTo<K>(sets: Map<K, Set<LocalInterest>>, key: K, interest: LocalInterest): void {
  const same = sets.get(key);
  if (same === undefined) sets.set(key, new Set([interest]));
  else same.add(interest);
}

function removeFrom<K>(sets: Map<K, Set<LocalInterest>>, key: K, interest: LocalInterest): void {
  const same = sets.get(key);
  same?.delete(interest);
  if (same?.size === 0) sets.delete(key);
}

function throwLater(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}
