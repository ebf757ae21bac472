/** A scale that gives each moment its place between 0 and 1. */
export interface TimeAxis {
  /** The moments that the axis tells apart, in order. */
  readonly moments: readonly number[];
  /** Where a moment of the axis stands; the first is at 0, and what is not on it stands with the one before it. */
  readonly placeOf: (atMs: number) => number;
}

/** The most moments that one axis tells apart: beyond, the oldest leave on the left. */
const maxMoments = 40;

/** The part of the axis that the state which still lasts may take at most. */
const maxOpenPart = 0.3;

/**
 * Lays moments out by a compressed time. The first second of a connection holds nearly all of its story and the next
 * hour none, so a stretch's width grows with the logarithm of its time; order and simultaneity stay exact.
 */
export function layOut(allMoments: readonly number[], nowMs: number): TimeAxis {
  const moments = apart(allMoments).slice(-maxMoments);
  const places: number[] = [];
  let width = 0;
  for (const [index, atMs] of moments.entries()) {
    if (index > 0) width += weightOf(atMs - (moments[index - 1] ?? atMs));
    places.push(width);
  }
  const openWeight = weightOf(nowMs - (moments.at(-1) ?? nowMs));
  const total = width + Math.max(0.5, Math.min(openWeight, (width * maxOpenPart) / (1 - maxOpenPart)));
  const placeOf = (atMs: number): number => {
    const index = moments.findLastIndex((moment) => moment <= atMs);
    return index < 0 ? 0 : (places[index] ?? 0) / total;
  };
  return { moments, placeOf };
}

/** What happened in the same half millisecond happened at once. */
function apart(moments: readonly number[]): readonly number[] {
  const kept: number[] = [];
  for (const atMs of moments) if (atMs - (kept.at(-1) ?? Number.NEGATIVE_INFINITY) >= 0.5) kept.push(atMs);
  return kept;
}

/** Even what follows at once gets a width that can be seen. */
function weightOf(spanMs: number): number {
  return Math.max(0.4, Math.log2(1 + Math.max(0, spanMs) / 15));
}
