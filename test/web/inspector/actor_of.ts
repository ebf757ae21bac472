import type { ActorView } from "../../../web/inspector/model/actor_view.ts";
import type { Step, StepEvent } from "../../../web/inspector/model/step.ts";

/** What of a step a test says; the rest is made up. `at` is `1_000_000 + atMs` where it is not said. */
export interface StepSketch {
  readonly seq: number;
  readonly atMs?: number;
  readonly at?: number;
  readonly from?: string;
  /** Where it is not the actor itself: `<session>/client`. */
  readonly to?: string;
  readonly event: StepEvent | string;
  /** The state value that it led to. */
  readonly value?: unknown;
  readonly repeats?: number;
  readonly lost?: number;
}

/** An actor as the page knows it, for tests: its id is `<node>/<address>`, and its system is that of the first part of the address. */
export function actorOf(
  kind: string,
  id: string,
  fields: Partial<Omit<ActorView, "id" | "kind" | "steps">> & { readonly steps?: readonly StepSketch[] } = {},
): ActorView {
  const [node = "", root = "", ...inner] = id.split("/");
  const { steps = [], ...others } = fields;
  return {
    id,
    node,
    kind,
    name: inner.at(-1) ?? root,
    parentId: inner.length === 0 ? undefined : id.slice(0, id.lastIndexOf("/")),
    rootId: `${node}/${root}`,
    room: undefined,
    peers: [],
    startedAt: 1_000_000,
    endedAt: undefined,
    forgotten: 0,
    definition: undefined,
    before: { status: "active", value: undefined, context: undefined },
    ...others,
    steps: steps.map((sketch) => stepOf(node, id, sketch)),
  };
}

/** They by their ids. */
export function actorsOf(...actors: readonly ActorView[]): ReadonlyMap<string, ActorView> {
  return new Map(actors.map((actor) => [actor.id, actor]));
}

function stepOf(node: string, id: string, sketch: StepSketch): Step {
  const { seq, atMs = seq, at = 1_000_000 + atMs, from, to = id, event, value, repeats = 0, lost = 0 } = sketch;
  return {
    seq,
    node,
    at,
    atMs,
    actorId: to,
    sourceId: from,
    event: typeof event === "string" ? { type: event } : event,
    snapshot: value === undefined ? undefined : { status: "active", value, context: {} },
    repeats,
    lost,
  };
}
