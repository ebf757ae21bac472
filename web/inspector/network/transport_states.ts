import { type ActorView, isLater } from "../model/actor_view.ts";
import type { Tone } from "../model/state_words.ts";
import type { Step } from "../model/step.ts";
import { lanesOf } from "../timeline/lanes.ts";

/** How far a transport is in one regard. */
export interface TransportState {
  /** Of the connectivity machine: `gathering`, `ice`, `dtls`, `remoteCandidates`. */
  readonly region: string;
  readonly state: string;
  readonly tone: Tone;
  /** Unix time in milliseconds. */
  readonly since: number;
}

/** The states of a connectivity machine after a step, or now, each with when it began. */
export function transportStates(connectivity: ActorView, upTo: Step | null): readonly TransportState[] {
  const steps = upTo === null ? connectivity.steps : connectivity.steps.filter((step) => !isLater(step, upTo));
  const hasEnded = connectivity.endedAt !== undefined && (upTo === null || connectivity.endedAt <= upTo.at);
  const lanes = lanesOf([{ ...connectivity, steps, endedAt: hasEnded ? connectivity.endedAt : undefined }], () => "");
  return lanes.flatMap(({ region, bars }) => {
    const last = bars.at(-1);
    return last === undefined ? [] : [{ region, state: last.state, tone: last.tone, since: last.from }];
  });
}

/**
 * The connectivity whose transport is shown for an actor at a moment: its own, else that of the newest peer connection that there was
 * by then. Undefined where there is none.
 */
export function connectivityOf(
  system: readonly ActorView[],
  selected: ActorView,
  upTo: Step | null,
): ActorView | undefined {
  const all = system.filter(({ kind }) => kind === "connectivity");
  const own = all.find(
    ({ id, parentId }) =>
      [id, parentId].includes(selected.id) || (selected.kind === "negotiation" && parentId === selected.parentId),
  );
  const began = all.filter(({ startedAt }) => upTo === null || startedAt <= upTo.at);
  return own ?? began.toSorted((one, other) => one.startedAt - other.startedAt).at(-1) ?? all[0];
}
