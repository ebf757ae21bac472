import type { ActorState, Step } from "./step.ts";

/** An actor as the page knows it. The page's store changes it in place; who reads it anew after `InspectorModel.version` changed sees it as it is. */
export interface ActorView {
  /** `<node>/<address>`, unique in the cluster. */
  readonly id: string;
  readonly node: string;
  /** The id of its machine: `session`, `peer`, `negotiation` ... */
  readonly kind: string;
  readonly name: string;
  readonly parentId: string | undefined;
  /** The outermost actor of its system: the session of a peer connection; its own id when it is one. */
  readonly rootId: string;
  readonly room: string | undefined;
  /** The ids of the clients that it is about. */
  readonly peers: readonly string[];
  /** Unix time in milliseconds, as `endedAt`. */
  readonly startedAt: number;
  /** Undefined while it lives. */
  readonly endedAt: number | undefined;
  /** Earlier steps that are kept neither by the node nor here. */
  readonly forgotten: number;
  /** Of its machine as `describeMachine` reads it, one for all actors of its kind; undefined while none has come. */
  readonly definition: unknown;
  /** As it was before the first of `steps`. */
  readonly before: ActorState;
  /** Oldest first. */
  readonly steps: readonly Step[];
}

/** As it is now; or as it was after a step of its own, or before the first one at or after it. */
export function stateOf(actor: ActorView, upTo?: Pick<Step, "node" | "at" | "seq">): ActorState {
  for (let index = actor.steps.length - 1; index >= 0; index -= 1) {
    const step = actor.steps[index];
    if (step?.snapshot === undefined || (upTo !== undefined && isLater(step, upTo))) continue;
    return step.snapshot;
  }
  return actor.before;
}

/** Whether `step` came after `other`: by number on one node, by their clocks else. */
export function isLater(step: Pick<Step, "node" | "at" | "seq">, other: Pick<Step, "node" | "at" | "seq">): boolean {
  return step.node === other.node ? step.seq > other.seq : step.at > other.at;
}
