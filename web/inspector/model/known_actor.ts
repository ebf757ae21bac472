import type { ActorView } from "./actor_view.ts";
import { sharedWith } from "./shared_value.ts";
import type { ActorState, Step } from "./step.ts";

/** A step as it is being received: what it led to comes after it. */
export type KnownStep = { -readonly [Field in keyof Step]: Step[Field] };

/** What is said of an actor when it is first heard of. */
export interface ActorInput
  extends Pick<ActorView, "id" | "node" | "kind" | "name" | "parentId" | "rootId" | "peers" | "startedAt" | "before"> {
  /** Of its start; another one by the same id is another actor. */
  readonly startSeq: number;
}

/** Steps of one actor; the oldest go first. Ours: three times what a node keeps by default. */
export const maxStepsOfActor = 400;

/** What is known of an actor, as the record of the page fills it. */
export class KnownActor implements ActorView {
  readonly id: string;
  readonly node: string;
  readonly kind: string;
  readonly name: string;
  readonly parentId: string | undefined;
  readonly rootId: string;
  readonly startSeq: number;
  readonly startedAt: number;
  peers: readonly string[];
  endedAt: number | undefined;
  forgotten = 0;
  before: ActorState;
  /** As it is now. */
  state: ActorState;
  /** The room that it is or was in last, as far as it says so itself. */
  ownRoom: string | undefined;
  /** The connection to the server by which it was told of last, from 1. */
  generation = 0;
  /** Characters that all its steps came as. */
  size = 0;
  readonly #steps: KnownStep[] = [];
  readonly #sizes: number[] = [];
  readonly #definitions: ReadonlyMap<string, unknown>;
  readonly #rootOf: (id: string) => KnownActor | undefined;

  constructor(
    input: ActorInput,
    known: {
      readonly definitions: ReadonlyMap<string, unknown>;
      readonly actorOf: (id: string) => KnownActor | undefined;
    },
  ) {
    this.id = input.id;
    this.node = input.node;
    this.kind = input.kind;
    this.name = input.name;
    this.parentId = input.parentId;
    this.rootId = input.rootId;
    this.startSeq = input.startSeq;
    this.startedAt = input.startedAt;
    this.peers = input.peers;
    this.before = input.before;
    this.state = input.before;
    this.#definitions = known.definitions;
    this.#rootOf = known.actorOf;
  }

  get definition(): unknown {
    return this.#definitions.get(this.kind);
  }

  get room(): string | undefined {
    return this.ownRoom ?? (this.rootId === this.id ? undefined : this.#rootOf(this.rootId)?.ownRoom);
  }

  get steps(): readonly Step[] {
    return this.#steps;
  }

  get lastStep(): KnownStep | undefined {
    return this.#steps.at(-1);
  }

  /** @returns by how much all that is kept grew, in characters */
  add(step: KnownStep, size: number): number {
    this.#steps.push(step);
    this.#sizes.push(size);
    this.size += size;
    return this.#steps.length > maxStepsOfActor ? size - this.forget(Math.ceil(maxStepsOfActor / 8)) : size;
  }

  /** The newest step led to `state`. @returns by how much all that is kept grew, in characters */
  became(state: ActorState, size: number): number {
    const step = this.lastStep;
    const context = sharedWith(this.state.context, state.context);
    this.state = { ...state, context };
    if (step === undefined) return 0;
    step.snapshot = this.state;
    this.#sizes[this.#sizes.length - 1] = (this.#sizes.at(-1) ?? 0) + size;
    this.size += size;
    return size;
  }

  /** Forgets its oldest steps. @returns how many characters they came as */
  forget(count: number): number {
    let freed = 0;
    for (const [index, { snapshot }] of this.#steps.splice(0, count).entries()) {
      this.before = snapshot ?? this.before;
      freed += this.#sizes[index] ?? 0;
      this.forgotten += 1;
    }
    this.#sizes.splice(0, count);
    this.size -= freed;
    return freed;
  }
}
