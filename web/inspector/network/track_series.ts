import type { ObservedTrack } from "../../../protocol/connection_observation.ts";
import type { Step } from "../model/step.ts";
import type { ObservationAt } from "./observation.ts";

/** A value at the end of the span that it was measured over; null where nothing can be said. */
export interface SeriesPoint {
  /** Unix time in milliseconds. */
  readonly at: number;
  readonly value: number | null;
  /** The observation that ends the span. */
  readonly step: Step;
}

export type Series = readonly SeriesPoint[];

/** How a track did over time. */
export interface TrackSeries {
  readonly key: string;
  readonly mid: string;
  readonly kind: ObservedTrack["kind"];
  readonly direction: ObservedTrack["direction"];
  /** No packet went over it. */
  readonly isUnused: boolean;
  /** Bits of payload a second. */
  readonly bitrate: Series;
  /** Of the packets that should have come, from 0 to 1. */
  readonly loss: Series;
  /** Milliseconds; of a received track there is none. */
  readonly roundTrip: Series;
}

/** Nobody looked for longer than this: an average over it would hide what happened. Ours: twice over what is looked at each second, and a late one. */
const maxSpanMs = 5_000;

/** What the counts of tracks came to from one observation to the next, by direction and `mid`. Those of the last observation come first. */
export function trackSeries(observations: readonly ObservationAt[]): readonly TrackSeries[] {
  const keys = new Set<string>();
  for (const { tracks } of observations.toReversed()) for (const track of tracks) keys.add(keyOf(track));
  return [...keys].map((key) => {
    const found = observations.flatMap(({ step, tracks }) => {
      const track = tracks.find((each) => keyOf(each) === key);
      return track === undefined ? [] : [{ step, track }];
    });
    const spans = found.map((to, index) => ({ from: found[index - 1], to }));
    const series = (measure: (from: ObservedTrack, to: ObservedTrack, ms: number) => number | null): Series =>
      spans.map(({ from, to }) => ({
        at: to.step.at,
        step: to.step,
        value: from === undefined ? null : overSpan(from, to, measure),
      }));
    const last = found.at(-1)?.track;
    return {
      key,
      mid: last?.mid ?? "",
      kind: last?.kind ?? "audio",
      direction: last?.direction ?? "received",
      isUnused: found.every(({ track }) => track.packets === 0),
      bitrate: series((from, to, ms) => ((to.bytes - from.bytes) * 8 * 1_000) / ms),
      loss: series(lossShare),
      roundTrip: found.map(({ step, track }) => ({ at: step.at, step, value: track.roundTripTimeMs ?? null })),
    };
  });
}

/** The round trip of the selected pair over time, in milliseconds. */
export function pathSeries(observations: readonly ObservationAt[]): Series {
  return observations.map(({ step, pairs }) => ({
    at: step.at,
    step,
    value: pairs.find(({ isSelected }) => isSelected)?.roundTripTimeMs ?? null,
  }));
}

interface Found {
  readonly step: Step;
  readonly track: ObservedTrack;
}

function overSpan(
  from: Found,
  to: Found,
  measure: (from: ObservedTrack, to: ObservedTrack, ms: number) => number | null,
): number | null {
  const ms = from.step.node === to.step.node ? to.step.atMs - from.step.atMs : to.step.at - from.step.at;
  // Counts that fell began anew: what they counted before is gone.
  const isReset = to.track.bytes < from.track.bytes || to.track.packets < from.track.packets;
  return ms <= 0 || ms > maxSpanMs || isReset ? null : measure(from.track, to.track, ms);
}

/** Of a received track those that came and those that did not should have come; of a sent one all that were sent. */
function lossShare(from: ObservedTrack, to: ObservedTrack): number | null {
  const lost = to.packetsLost - from.packetsLost;
  const packets = to.packets - from.packets;
  const expected = to.direction === "received" ? packets + lost : packets;
  return expected <= 0 ? null : Math.min(1, Math.max(0, lost / expected));
}

function keyOf({ direction, mid }: ObservedTrack): string {
  return `${direction} ${mid}`;
}
