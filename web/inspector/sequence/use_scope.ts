import { useRef } from "preact/hooks";
import { recordedExtent } from "../events/recorded_extent.ts";
import type { ActorView } from "../model/actor_view.ts";
import type { InspectorModel } from "../model/inspector_model.ts";
import { type SequenceScope, scopeOf } from "./sequence_scope.ts";

interface Kept {
  readonly selected: ActorView;
  readonly scope: SequenceScope;
  readonly actorCount: number;
  readonly extent: string;
}

/** The scope of an actor: the one of the last time while nothing was recorded of it since, so that what others do costs nothing. */
export function useScope(model: Pick<InspectorModel, "actors">, selected: ActorView | null): SequenceScope | null {
  const kept = useRef<Kept | null>(null);
  if (selected === null) return null;
  const { current } = kept;
  if (current !== null && current.selected === selected && current.actorCount === model.actors.size) {
    if (current.extent === recordedExtent(current.scope.actors)) return current.scope;
  }
  const scope = scopeOf(model.actors, selected);
  kept.current = { selected, scope, actorCount: model.actors.size, extent: recordedExtent(scope.actors) };
  return scope;
}
