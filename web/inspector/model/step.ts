/** An actor at one moment. */
export interface ActorState {
  readonly status: "active" | "done" | "error" | "stopped";
  /** XState's state value; undefined for what is no state machine. */
  readonly value: unknown;
  readonly context: unknown;
}

/** What happened; beside its type it holds whatever the machine's event holds. */
export interface StepEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** One thing that was recorded of an actor: an event that it handled, or that it told to somebody outside. */
export interface Step {
  /** Orders all that `node` recorded; with `node` it names the step in the cluster. */
  readonly seq: number;
  readonly node: string;
  /** Unix time in milliseconds, by the node's clock. */
  readonly at: number;
  /** Milliseconds on the node's monotonic clock: what lies between two steps of one node is told by these. */
  readonly atMs: number;
  /** To whom it was sent: the actor that holds the step, or `<session>/client` for what the client was told. */
  readonly actorId: string;
  /** Who sent it; undefined for what came from outside of the actors, as a timer or the engine. */
  readonly sourceId: string | undefined;
  readonly event: StepEvent;
  /** What it led to; undefined for what was only told. */
  readonly snapshot: ActorState | undefined;
  /** So many more like it followed at once, and changed nothing. */
  readonly repeats: number;
  /** So many events of the node were lost on the way to this page right before. */
  readonly lost: number;
}

/** Names a step in the cluster. */
export function stepKey({ node, seq }: Pick<Step, "node" | "seq">): string {
  return `${node}:${seq}`;
}
