import { type EventKind, kindOfEvent } from "../events/event_kind.ts";
import { regionStates } from "../events/region_states.ts";
import type { ActorView } from "../model/actor_view.ts";
import { stateWords, type Tone } from "../model/state_words.ts";
import type { ActorState } from "../model/step.ts";

/** A state for as long as it lasted; Unix time in milliseconds. */
export interface Bar {
  readonly from: number;
  /** Null while it lasts. */
  readonly to: number | null;
  readonly state: string;
  readonly tone: Tone;
}

/** An actor, or a region of one that has several. */
export interface Lane {
  readonly key: string;
  readonly actorId: string;
  /** The actor's kind or name; "" for regions after the first. */
  readonly actor: string;
  readonly region: string;
  readonly bars: readonly Bar[];
  /** When events came to it, by kind; of an actor with several regions, in the first. */
  readonly ticks: ReadonlyMap<EventKind, readonly number[]>;
}

/** The lanes of actors, each with its states as bars. `nameOf` says whose an actor is. */
export function lanesOf(actors: readonly ActorView[], nameOf: (actor: ActorView) => string): readonly Lane[] {
  return actors.flatMap((actor) => {
    const regions = barsOf(actor);
    const ticks = ticksOf(actor);
    return [...regions].map(
      ([region, bars], index): Lane => ({
        key: `${actor.id} ${region}`,
        actorId: actor.id,
        actor: index === 0 ? nameOf(actor) : "",
        region,
        bars,
        ticks: index === 0 ? ticks : new Map(),
      }),
    );
  });
}

function barsOf(actor: ActorView): ReadonlyMap<string, readonly Bar[]> {
  const lanes = new Map<string, Bar[]>();
  const take = (state: ActorState, at: number) => {
    const regions = regionStates(state.value);
    for (const [region, path] of regions) {
      const bars = lanes.get(region) ?? [];
      lanes.set(region, bars);
      const words = path.join(".");
      const last = bars.at(-1);
      if (last !== undefined && last.to === null && last.state === words) continue;
      if (last !== undefined && last.to === null) bars[bars.length - 1] = { ...last, to: at };
      bars.push({ from: at, to: null, state: words, tone: toneOf(path) });
    }
    // A machine that is in no region any more has left those that it was in.
    for (const [region, bars] of lanes) {
      const last = bars.at(-1);
      if (!regions.has(region) && last !== undefined && last.to === null) bars[bars.length - 1] = { ...last, to: at };
    }
  };
  take(actor.before, actor.startedAt);
  for (const { snapshot, at } of actor.steps) if (snapshot !== undefined) take(snapshot, at);
  const { endedAt } = actor;
  if (endedAt !== undefined) {
    for (const bars of lanes.values()) {
      const last = bars.at(-1);
      if (last !== undefined && last.to === null) bars[bars.length - 1] = { ...last, to: Math.max(endedAt, last.from) };
    }
  }
  return lanes.size === 0 ? new Map([["", []]]) : lanes;
}

/** Regions that the words of an actor leave out. */
const toneOfRegionState: Readonly<Record<string, Tone>> = { complete: "good", awaited: "idle" };

/** By the innermost state, in the colors that the page has for states. */
function toneOf(path: readonly string[]): Tone {
  const known = toneOfRegionState[path.at(-1) ?? ""];
  if (known !== undefined) return known;
  return stateWords({ kind: "", endedAt: undefined }, { status: "active", value: path.at(-1), context: undefined })
    .tone;
}

function ticksOf({ steps }: ActorView): ReadonlyMap<EventKind, readonly number[]> {
  const ticks = new Map<EventKind, number[]>();
  for (const { event, at } of steps) {
    const kind = kindOfEvent(event);
    const list = ticks.get(kind);
    if (list === undefined) ticks.set(kind, [at]);
    else list.push(at);
  }
  return ticks;
}
