import type { ReadonlySignal } from "@preact/signals";
import type { ActorView } from "./actor_view.ts";
import type { Step } from "./step.ts";

/** What is looked at: nothing, an actor as it is now, or an actor as it was after a step (of its own, or of another one of the cluster). */
export interface Selected {
  readonly actor: ActorView | null;
  readonly step: Step | null;
}

/** What each view of the page is given: what there is, and what of it is looked at. */
export interface InspectorModel {
  /** Counts batches, one in a frame at most: a view that reads `version.value` is drawn anew when anything came. */
  readonly version: ReadonlySignal<number>;
  /** All that are known, by id. */
  readonly actors: ReadonlyMap<string, ActorView>;
  /** Drawn anew with each batch, too: it reads `version`. */
  readonly selected: ReadonlySignal<Selected>;
  /** Whether what comes is shown; else everything stands still. */
  readonly isLive: ReadonlySignal<boolean>;
  /** Looks at an actor, and at a step when one is given; without one at the actor as it is now. Written into the address. */
  select(actorId: string | null, step?: Step | null): void;
  /** Looks at the moment of a step without leaving the actor; null for now. */
  selectStep(step: Step | null): void;
  /** Those of one system: the session, its peer connections and what is in them, outer ones first; just the actor when it is alone. */
  systemOf(actor: ActorView): readonly ActorView[];
}

/** What a view is given. */
export interface ViewProps {
  readonly model: InspectorModel;
}
