import type { Series } from "./track_series.ts";

/** A value that is known. */
export interface KnownPoint {
  readonly at: number;
  readonly value: number;
}

/** The values of a series in runs without a hole, so that a line is drawn through none. */
export function runsOf(series: Series): readonly (readonly KnownPoint[])[] {
  const runs: KnownPoint[][] = [[]];
  for (const { at, value } of series) {
    if (value === null) runs.push([]);
    else runs.at(-1)?.push({ at, value });
  }
  return runs.filter((run) => run.length > 0);
}
