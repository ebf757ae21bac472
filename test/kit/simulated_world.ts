/** The same numbers for the same seed (mulberry32). */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 up to and without 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  between(least: number, most: number): number {
    return least + this.next() * (most - least);
  }

  isOneOf(count: number): boolean {
    return this.below(count) === 0;
  }

  pick<T>(items: readonly T[]): T | undefined {
    return items[this.below(items.length)];
  }
}

interface Due {
  readonly atMs: number;
  /** What is due at the same time goes in the order in which it was ordered. */
  readonly order: number;
  readonly owner: SimulatedProcess | null;
  readonly call: () => void;
  isCancelled: boolean;
}

/** A process of a simulated world: what it does takes no time, and it may be stopped, go on, and be killed. */
export class SimulatedProcess {
  readonly #world: SimulatedWorld;
  readonly #late: { readonly call: () => void; readonly isTimer: boolean }[] = [];
  #state: "running" | "paused" | "dead" = "running";

  constructor(world: SimulatedWorld) {
    this.#world = world;
  }

  get state(): "running" | "paused" | "dead" {
    return this.#state;
  }

  /** As SIGSTOP: what it would do meanwhile it does when it goes on, its timers first. */
  pause(): void {
    if (this.#state === "running") this.#state = "paused";
  }

  goOn(): void {
    if (this.#state !== "paused") return;
    this.#state = "running";
    const late = this.#late.splice(0);
    for (const { call } of late.filter(({ isTimer }) => isTimer)) this.#world.after(0, call, this);
    for (const { call } of late.filter(({ isTimer }) => !isTimer)) this.#world.after(0, call, this);
  }

  /** As SIGKILL. */
  kill(): void {
    this.#state = "dead";
    this.#late.length = 0;
  }

  /** For what comes from outside, within a step of the world. */
  receive(call: () => void, { isTimer = false }: { readonly isTimer?: boolean } = {}): void {
    if (this.#state === "dead") return;
    if (this.#state === "paused") {
      this.#late.push({ call, isTimer });
      return;
    }
    this.#world.current = this;
    call();
  }

  /** Has something done in it a while later. */
  post(delayMs: number, call: () => void): void {
    this.#world.after(delayMs, () => this.receive(call), null);
  }
}

const { setImmediate: realImmediate } = globalThis;

/** Time that is moved by hand, for all processes of a world, which share this real one. */
export class SimulatedWorld {
  nowMs = 0;
  /** Whose step it is: timers that are set meanwhile are its own. */
  current: SimulatedProcess | null = null;
  readonly #heap: Due[] = [];
  #order = 0;

  /** As a clock of buses and actors that belong to no process. */
  readonly clock = {
    now: (): number => this.nowMs,
    setTimeout: (call: () => void, delayMs: number): unknown => this.after(delayMs, call, null),
    clearTimeout: (timer: unknown): void => {
      if (timer !== undefined) (timer as Due).isCancelled = true;
    },
  };

  after(delayMs: number, call: () => void, owner: SimulatedProcess | null): Due {
    const due = { atMs: this.nowMs + Math.max(0, delayMs), order: this.#order++, owner, call, isCancelled: false };
    this.#heap.push(due);
    this.#rise(this.#heap.length - 1);
    return due;
  }

  /** Lets all happen that is due in a while, each step with all promises that it settles. */
  async run(durationMs: number): Promise<void> {
    const untilMs = this.nowMs + durationMs;
    for (let due = this.#heap[0]; due !== undefined && due.atMs <= untilMs; due = this.#heap[0]) {
      this.#pop();
      if (due.isCancelled || due.owner?.state === "dead") continue;
      this.nowMs = due.atMs;
      this.current = null;
      if (due.owner === null) due.call();
      else due.owner.receive(due.call, { isTimer: true });
      await new Promise<void>((resolve) => realImmediate(resolve));
    }
    this.nowMs = untilMs;
    this.current = null;
  }

  /** Makes the timers of this real process those of the world, until what it returns is called. */
  install(): () => void {
    const { setTimeout: realSetTimeout, clearTimeout: realClearTimeout } = globalThis;
    const realNow = performance.now;
    const fake = (call: () => void, delayMs = 0) => {
      const due = this.after(delayMs, call, this.current);
      return Object.assign(due, { unref: () => due });
    };
    globalThis.setTimeout = fake as unknown as typeof setTimeout;
    globalThis.clearTimeout = ((timer: unknown) => this.clock.clearTimeout(timer)) as typeof clearTimeout;
    performance.now = () => this.nowMs;
    return () => {
      globalThis.setTimeout = realSetTimeout;
      globalThis.clearTimeout = realClearTimeout;
      performance.now = realNow;
    };
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink();
  }

  #rise(from: number): void {
    let index = from;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#swapIfEarlier(index, parent)) return;
      index = parent;
    }
  }

  #sink(): void {
    for (let index = 0; ; ) {
      const [left, right] = [2 * index + 1, 2 * index + 2];
      const child = isEarlier(this.#heap[right], this.#heap[left]) ? right : left;
      if (!this.#swapIfEarlier(child, index)) return;
      index = child;
    }
  }

  #swapIfEarlier(one: number, other: number): boolean {
    const [a, b] = [this.#heap[one], this.#heap[other]];
    if (a === undefined || b === undefined || !isEarlier(a, b)) return false;
    this.#heap[one] = b;
    this.#heap[other] = a;
    return true;
  }
}

function isEarlier(one: Due | undefined, other: Due | undefined): boolean {
  if (one === undefined || other === undefined) return one !== undefined;
  return one.atMs === other.atMs ? one.order < other.order : one.atMs < other.atMs;
}
