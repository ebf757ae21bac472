import type { Person } from "./person.ts";

/** One of the pictures on the stage. */
export interface Tile {
  readonly key: string;
  readonly person: Person;
  readonly shows: "person" | "screen";
}

/** What lies on the stage: something large, if there is something, and the others in order. */
export interface StageTiles {
  readonly featured: Tile | null;
  readonly tiles: readonly Tile[];
}

/**
 * What is pinned is large, or else the newest screen of somebody else: one's own, shown large, would show itself in itself. Of two
 * people the other one is.
 */
export function arrangeTiles(people: readonly Person[], pinned: string | null): StageTiles {
  const screens = people.filter(({ screen }) => screen !== null).map((person) => tileOf(person, "screen"));
  // One's own screen comes last, so that nobody's place changes when it is shared.
  const all = [
    ...screens.filter(({ person }) => !person.isSelf),
    ...people.map((person) => tileOf(person, "person")),
    ...screens.filter(({ person }) => person.isSelf),
  ];
  const featured =
    all.find(({ key }) => key === pinned) ??
    screens.findLast(({ person }) => !person.isSelf) ??
    (all.length === 2 ? all.find(({ person }) => !person.isSelf) : undefined) ??
    null;
  return { featured, tiles: all.filter((tile) => tile !== featured) };
}

function tileOf(person: Person, shows: "person" | "screen"): Tile {
  return { key: `${shows}:${person.id}`, person, shows };
}

/** The index of the tile that an arrow key leads to, among `count`; undefined for any other key. */
export function indexAfterKey(key: string, index: number, count: number): number | undefined {
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: index - 1,
    ArrowUp: index - 1,
    ArrowRight: index + 1,
    ArrowDown: index + 1,
    Home: 0,
    End: count - 1,
  };
  const next = steps[key];
  return next === undefined ? undefined : Math.max(0, Math.min(count - 1, next));
}
