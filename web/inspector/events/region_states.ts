/**
 * The state of each region of a machine: by the name of the region, or "" where there is one alone, the states from the outermost to
 * the innermost. Of a value that is no state value, nothing.
 */
export function regionStates(value: unknown): ReadonlyMap<string, readonly string[]> {
  const regions = new Map<string, readonly string[]>();
  collect(value, "", [], regions);
  return regions;
}

function collect(value: unknown, region: string, path: readonly string[], into: Map<string, readonly string[]>): void {
  if (typeof value === "string") {
    into.set(region, [...path, value]);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  const entries = Object.entries(value);
  if (entries.length === 0 && path.length > 0) into.set(region, path);
  if (entries.length === 1 && entries[0] !== undefined) {
    const [name, inner] = entries[0];
    collect(inner, region, [...path, name], into);
    return;
  }
  for (const [name, inner] of entries) {
    const inRegion = [region, ...path, name].filter((part) => part !== "").join(".");
    collect(inner, inRegion, [], into);
  }
}

/** A region and what it is in now, as short as it can be said after what it was in before. */
export interface StateChange {
  /** "" where there is one alone. */
  readonly region: string;
  readonly state: string;
}

/** What differs between two state values, by region. */
export function stateChanges(before: unknown, after: unknown): readonly StateChange[] {
  if (before === after) return [];
  const was = regionStates(before);
  const changes: StateChange[] = [];
  for (const [region, path] of regionStates(after)) {
    const old = was.get(region) ?? [];
    let shared = 0;
    while (shared < path.length - 1 && old[shared] === path[shared]) shared += 1;
    if (old.length === path.length && old[shared] === path[shared]) continue;
    changes.push({ region, state: path.slice(shared).join(".") });
  }
  return changes;
}

/** In words: "ice connected", "joined.attached". */
export function stateChangeWords({ region, state }: StateChange): string {
  return region === "" ? state : `${region} ${state}`;
}
