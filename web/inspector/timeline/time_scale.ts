/** Maps time to places along a strip; a place is in milliseconds too, with pauses drawn shorter than they were. */
export interface TimeScale {
  /** Of the last moment; the first one is at 0. */
  readonly length: number;
  readonly place: (at: number) => number;
  readonly at: (place: number) => number;
  /** Pauses that are drawn shorter than they were. */
  readonly pauses: readonly Pause[];
}

export interface Pause {
  /** Unix time in milliseconds, as `to`. */
  readonly from: number;
  readonly to: number;
}

/** A pause up to this long is drawn as long as it was. Ours. */
const wholeMs = 500;

/** Milliseconds that a pause takes on the strip: the longer, the less for each further one, so that minutes leave room for what happened. */
export function shortenedMs(gapMs: number): number {
  return gapMs <= wholeMs ? gapMs : wholeMs * (1 + Math.log(gapMs / wholeMs));
}

/** The scale of moments in their order, in Unix milliseconds. `isTrue`: pauses are as long as they were. */
export function timeScale(moments: readonly number[], isTrue: boolean): TimeScale {
  const ats: number[] = [];
  const places: number[] = [];
  const pauses: Pause[] = [];
  let place = 0;
  for (const moment of moments) {
    const last = ats.at(-1);
    // Clocks of nodes differ: time does not go back here.
    if (last !== undefined && moment <= last) continue;
    const gap = last === undefined ? 0 : moment - last;
    place += isTrue ? gap : shortenedMs(gap);
    if (!isTrue && gap > wholeMs && last !== undefined) pauses.push({ from: last, to: moment });
    ats.push(moment);
    places.push(place);
  }
  return {
    length: place,
    place: (at) => between(ats, places, at),
    at: (wanted) => between(places, ats, wanted),
    pauses,
  };
}

/** The value at `x` on the line through points whose `xs` grow; beyond the ends it goes on as it is there, one for one. */
function between(xs: readonly number[], ys: readonly number[], x: number): number {
  const index = lastAtOrBefore(xs, x);
  const [x0, y0] = [xs[Math.max(0, index)], ys[Math.max(0, index)]];
  const [x1, y1] = [xs[index + 1], ys[index + 1]];
  if (x0 === undefined || y0 === undefined) return 0;
  if (index < 0 || x1 === undefined || y1 === undefined) return y0 + (x - x0);
  return y0 + ((x - x0) * (y1 - y0)) / (x1 - x0);
}

function lastAtOrBefore(values: readonly number[], wanted: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) <= wanted) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
