import type { ListedNode } from "../protocol/node_list.ts";
import { SignalboxError } from "../protocol/signalbox_error.ts";
import type { Subjects } from "../protocol/subjects.ts";
import type { Bus, BusSubscription } from "./bus.ts";
import type { ClusterNodes } from "./cluster_nodes.ts";

/** How long another node may take to say that it was told. Ours. */
const answerMs = 3_000;
const nothing = new Uint8Array();

export interface NodeDrainsOptions {
  readonly bus: Bus;
  readonly subjects: Subjects;
  readonly nodes: ClusterNodes;
  readonly countSessions: () => number;
  /** Somebody wants this node to send its clients to others, and to stop. Called once. */
  readonly onRequested: () => void;
}

/** What became of the wish that a node drains. */
export type DrainOutcome = "draining" | "no-such-node" | "unanswered";

/** Has nodes drained, this one and others, from whichever node an operator asks at. */
export class NodeDrains {
  readonly #options: NodeDrainsOptions;
  readonly #subscription: BusSubscription;
  #isRequested = false;

  constructor(options: NodeDrainsOptions) {
    this.#options = options;
    const { bus, subjects, nodes } = options;
    this.#subscription = bus.subscribe(subjects.node(nodes.origin, "drain"), (_payload, _subject, reply) => {
      bus.respond(reply, nothing);
      this.#begin();
    });
  }

  /** All nodes that are there, this one first. */
  list(): ListedNode[] {
    const { nodes, countSessions } = this.#options;
    const others = [...nodes.nodes].map(({ nodeId, state, sessions }) => ({ id: nodeId, state, sessions }));
    return [{ id: nodes.nodeId, state: nodes.state, sessions: countSessions() }, ...others];
  }

  /** Tells a node to send its clients to others, and to stop; every one of that name, where several were given the same. */
  async request(nodeId: string): Promise<DrainOutcome> {
    const { nodes, bus, subjects } = this.#options;
    const others = [...nodes.nodes].filter((node) => node.nodeId === nodeId);
    if (others.length === 0 && nodeId !== nodes.nodeId) return "no-such-node";
    const told = await Promise.allSettled(
      others.map(({ origin }) => bus.request(subjects.node(origin, "drain"), nothing, { timeoutMs: answerMs })),
    );
    if (nodeId === nodes.nodeId) this.#begin();
    for (const outcome of told) {
      if (outcome.status === "fulfilled") continue;
      if (outcome.reason instanceof SignalboxError) return "unanswered";
      throw outcome.reason;
    }
    return "draining";
  }

  stop(): void {
    this.#subscription.unsubscribe();
  }

  #begin(): void {
    if (this.#isRequested) return;
    this.#isRequested = true;
    this.#options.nodes.drain();
    this.#options.onRequested();
  }
}
