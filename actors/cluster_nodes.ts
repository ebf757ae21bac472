import { encodeNodePresence, type NodePresence, parseNodePresence } from "../protocol/node_presence.ts";
import type { Subjects } from "../protocol/subjects.ts";
import type { Bus, BusSubscription } from "./bus.ts";
import type { ClusterClock } from "./cluster_clock.ts";
import type { Logger } from "./logger.ts";
import { UnreadMessages } from "./unread_messages.ts";

/** Times a node tells of itself before it counts as lost when none of it arrives: two may be late or lost. Ours. */
const tellingsPerTimeout = 3;
/** More nodes than this are not listened to, so that nothing grows without a bound. Ours. */
const maxNodes = 1_000;

export interface ClusterNodesOptions {
  readonly bus: Bus;
  readonly subjects: Subjects;
  /** Tells this start of this node from all others. */
  readonly origin: string;
  readonly nodeId: string;
  /** A node not heard of for this long is lost. */
  readonly timeoutMs: number;
  /** Clients of this node. */
  readonly countSessions: () => number;
  /** Calls something again and again until what it returns is called. */
  readonly every: (periodMs: number, call: (nowMs: number) => void) => () => void;
  /** Milliseconds on the clock that `every` tells. */
  readonly now: () => number;
  /** Told to the others, and set by theirs. */
  readonly clock: ClusterClock;
  readonly log: Logger;
}

/** Another node, by what it said last. */
export interface ClusterNode {
  readonly origin: string;
  readonly nodeId: string;
  readonly state: "ready" | "draining";
  readonly sessions: number;
}

/** What is told of the other nodes; none of it may throw. */
export interface ClusterNodesListener {
  /** A node is there. `isBack`: it counted as lost before, as one that was paused or cut off does. */
  seen?(node: ClusterNode, how: { readonly isBack: boolean }): void;
  /** A node is gone: it said so, or was not heard of in time. */
  lost?(origin: string): void;
}

interface Known extends ClusterNode {
  readonly heardAtMs: number;
}

/** Which starts of which nodes there are: each tells all others of itself, again and again. */
export class ClusterNodes {
  readonly origin: string;
  readonly nodeId: string;
  readonly #options: ClusterNodesOptions;
  readonly #known = new Map<string, Known>();
  /** The latest that were lost without a last word. */
  readonly #lost = new Set<string>();
  /** The latest that said their last word. */
  readonly #stopped = new Set<string>();
  readonly #listeners = new Set<ClusterNodesListener>();
  readonly #unread: UnreadMessages;
  #ends: readonly (() => void)[] = [];
  #state: NodePresence["state"] = "ready";
  #tickedAtMs: number;

  constructor(options: ClusterNodesOptions) {
    this.origin = options.origin;
    this.nodeId = options.nodeId;
    this.#options = options;
    this.#tickedAtMs = options.now();
    this.#unread = new UnreadMessages(options.log);
  }

  /** From now on this node is told of, and hears of the others. */
  start(): void {
    const { bus, subjects, origin, timeoutMs, every } = this.#options;
    const hear = (payload: Uint8Array, subject: string): void => this.#hear(payload, subject);
    const subscriptions: BusSubscription[] = [
      bus.subscribe(subjects.cluster("nodes"), hear),
      bus.subscribe(subjects.node(origin, "nodes"), hear),
    ];
    this.#ends = [
      ...subscriptions.map((subscription) => () => subscription.unsubscribe()),
      // What others said while the link was cut was not heard.
      bus.watchLink(({ state }) => {
        if (state === "connected") this.#tell({ isAsking: true });
      }),
      every(timeoutMs / tellingsPerTimeout, (nowMs) => this.#tick(nowMs)),
    ];
    this.#tell({ isAsking: true });
  }

  /** The other nodes that are there. */
  get nodes(): Iterable<ClusterNode> {
    return this.#known.values();
  }

  /** What this node says of itself. */
  get state(): ClusterNode["state"] {
    return this.#state === "ready" ? "ready" : "draining";
  }

  /** Whether another node is there. */
  has(origin: string): boolean {
    return this.#known.has(origin);
  }

  /** Whether another node was there and stopped in order, as far back as is remembered. */
  hasStopped(origin: string): boolean {
    return this.#stopped.has(origin);
  }

  /** Tells of changes from now on. @returns what ends that */
  watch(listener: ClusterNodesListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** This node goes on with the clients that it has, and wants no more. */
  drain(): void {
    if (this.#state !== "ready") return;
    this.#state = "draining";
    this.#tell();
  }

  /** The last word. Nothing is told or heard afterwards. */
  stop(): void {
    if (this.#ends.length === 0) return;
    this.#state = "gone";
    this.#tell();
    for (const end of this.#ends) end();
    this.#ends = [];
    this.#listeners.clear();
  }

  #tick(nowMs: number): void {
    this.#tell();
    const { timeoutMs } = this.#options;
    const periodMs = timeoutMs / tellingsPerTimeout;
    // This node stood still, and what the others said meanwhile may wait to be read: they have one more period to be heard of.
    const isLate = nowMs - this.#tickedAtMs >= 2 * periodMs;
    this.#tickedAtMs = nowMs;
    if (isLate) {
      const heardAtMs = nowMs - timeoutMs + periodMs;
      for (const [origin, known] of this.#known) {
        if (known.heardAtMs < heardAtMs) this.#known.set(origin, { ...known, heardAtMs });
      }
    }
    for (const { origin, heardAtMs } of [...this.#known.values()]) {
      if (nowMs - heardAtMs >= timeoutMs) this.#lose(origin, "not heard of");
    }
  }

  #tell({ isAsking = false, to }: { readonly isAsking?: boolean; readonly to?: string } = {}): void {
    const { bus, subjects, countSessions, clock } = this.#options;
    const { origin, nodeId: node } = this;
    const presence = { origin, node, state: this.#state, sessions: countSessions(), timeMs: clock.now() };
    const subject = to === undefined ? subjects.cluster("nodes") : subjects.node(to, "nodes");
    bus.publish(subject, encodeNodePresence(isAsking ? { ...presence, isAsking } : presence));
  }

  #hear(payload: Uint8Array, subject: string): void {
    const presence = parseNodePresence(payload);
    if (presence === undefined) {
      this.#unread.note(subject);
      return;
    }
    const { origin, node: nodeId, state, sessions, isAsking, timeMs } = presence;
    if (origin === this.origin) return;
    if (timeMs !== undefined) this.#options.clock.heard(timeMs);
    if (state === "gone") {
      this.#lose(origin, "stopped");
      return;
    }
    if (isAsking === true) this.#tell({ to: origin });
    const isNew = !this.#known.has(origin);
    if (isNew && this.#known.size >= maxNodes) return;
    const node = { origin, nodeId, state, sessions };
    this.#known.set(origin, { ...node, heardAtMs: this.#options.now() });
    if (!isNew) return;
    const isBack = this.#lost.delete(origin);
    this.#options.log.info("node seen", { origin, name: nodeId, isBack });
    for (const listener of [...this.#listeners]) listener.seen?.(node, { isBack });
  }

  #lose(origin: string, why: "stopped" | "not heard of"): void {
    const known = this.#known.get(origin);
    if (known === undefined) return;
    this.#known.delete(origin);
    const gone = why === "stopped" ? this.#stopped : this.#lost;
    gone.add(origin);
    const [oldest] = gone;
    if (gone.size > maxNodes && oldest !== undefined) gone.delete(oldest);
    this.#options.log.info("node lost", { origin, name: known.nodeId, why });
    for (const listener of [...this.#listeners]) listener.lost?.(origin);
  }
}
