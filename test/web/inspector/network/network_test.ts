import fc from "fast-check";
import { expect, test } from "vitest";
import type { ObservedPair, ObservedTrack } from "../../../../protocol/connection_observation.ts";
import {
  bitrateWords,
  ceilingOf,
  millisecondWords,
  shareWords,
} from "../../../../web/inspector/network/measure_words.ts";
import { foldPairs, observationOf, observationsIn, sortPairs } from "../../../../web/inspector/network/observation.ts";
import { runsOf } from "../../../../web/inspector/network/series_runs.ts";
import { pathSeries, trackSeries } from "../../../../web/inspector/network/track_series.ts";
import { connectivityOf, transportStates } from "../../../../web/inspector/network/transport_states.ts";
import { actorOf } from "../actor_of.ts";

const candidate = { type: "host", protocol: "udp", address: "192.0.2.2", port: 9 } as const;
const pairOf = (state: ObservedPair["state"], isSelected = false, roundTripTimeMs?: number): ObservedPair => ({
  local: candidate,
  remote: candidate,
  state,
  requestsReceived: 0,
  isSelected,
  roundTripTimeMs,
});
const trackOf = (
  bytes: number,
  packets: number,
  packetsLost = 0,
  more: Partial<ObservedTrack> = {},
): ObservedTrack => ({
  mid: "0",
  kind: "video",
  direction: "received",
  bytes,
  packets,
  packetsLost,
  ...more,
});

interface Measured {
  readonly atMs: number;
  readonly tracks?: readonly ObservedTrack[];
  readonly pairs?: readonly ObservedPair[];
}

const observe = (...measured: readonly Measured[]) => {
  const steps = measured.map(({ atMs, tracks = [], pairs = [] }, index) => ({
    seq: index + 1,
    atMs,
    event: { type: "connection.observed", observation: { pairs, tracks } },
  }));
  return observationsIn(actorOf("connectivity", "n1/session:a/a-1/connectivity", { steps }).steps);
};

const valuesOf = (series: readonly { readonly value: number | null }[] | undefined) =>
  series?.map(({ value }) => value);

test("[IP56] pairs come with the selected one first, then those that work, are tried, wait and failed", () => {
  const pairs = [
    pairOf("failed"),
    pairOf("frozen"),
    pairOf("waiting"),
    pairOf("in-progress"),
    pairOf("succeeded"),
    pairOf("succeeded", true),
  ];
  expect(sortPairs(pairs).map(({ state, isSelected }) => `${state}${isSelected ? " selected" : ""}`)).toEqual([
    "succeeded selected",
    "succeeded",
    "in-progress",
    "waiting",
    "frozen",
    "failed",
  ]);
});

test("[IP56] pairs that wait between the same two addresses are one, with how many they are", () => {
  const elsewhere = { ...pairOf("waiting"), remote: { ...candidate, address: "192.0.2.3" } };
  const pairs = [
    pairOf("succeeded"),
    pairOf("waiting"),
    elsewhere,
    pairOf("waiting"),
    pairOf("failed"),
    pairOf("failed"),
  ];
  expect(foldPairs(pairs).map(([{ state, remote }, count]) => [state, remote.address.at(-1), count])).toEqual([
    ["succeeded", "2", 1],
    ["waiting", "2", 2],
    ["waiting", "3", 1],
    ["failed", "2", 1],
    ["failed", "2", 1],
  ]);
});

test("[IP57] a track that no packet went over is known as such, until one does", () => {
  const isUnused = (...packets: readonly number[]) =>
    trackSeries(observe(...packets.map((count, index) => ({ atMs: index, tracks: [trackOf(0, count)] }))))[0]?.isUnused;
  expect([isUnused(0), isUnused(0, 0), isUnused(0, 1)]).toEqual([true, true, false]);
});

test("[IP56] what is no measurement is left out, whatever a node sends", () => {
  const type = "connection.observed";
  const good = pairOf("waiting");
  expect(observationOf({ type: "ice.changed" })).toBeNull();
  expect(observationOf({ type })).toEqual({ pairs: [], tracks: [] });
  const mixed = { pairs: [null, { ...good, state: "odd" }, good, {}], tracks: [{ mid: "0" }, trackOf(1, 1)] };
  expect(observationOf({ type, observation: mixed })).toEqual({ pairs: [good], tracks: [trackOf(1, 1)] });
  fc.assert(fc.property(fc.anything(), (observation) => void observationOf({ type, observation })));
});

test("[IP57] what a track did is what its counts grew by since the measurement before", () => {
  const [track] = trackSeries(
    observe(
      { atMs: 0, tracks: [trackOf(1_000, 10, 0)] },
      { atMs: 1_000, tracks: [trackOf(2_000, 19, 1)] },
      { atMs: 3_000, tracks: [trackOf(2_500, 19, 1)] },
    ),
  );
  expect(valuesOf(track?.bitrate)).toEqual([null, 8_000, 2_000]);
  expect(valuesOf(track?.loss)).toEqual([null, 0.1, null]);
  expect(track).toMatchObject({ mid: "0", kind: "video", direction: "received" });
});

test("[IP57] of a sent track all that were sent should have come, and it has a round trip", () => {
  const sent = { direction: "sent", roundTripTimeMs: 30 } as const;
  const [track] = trackSeries(
    observe({ atMs: 0, tracks: [trackOf(0, 0, 0, sent)] }, { atMs: 1_000, tracks: [trackOf(9, 10, 1, sent)] }),
  );
  expect(valuesOf(track?.loss)).toEqual([null, 0.1]);
  expect(valuesOf(track?.roundTrip)).toEqual([30, 30]);
});

test("[IP57] where counts began anew, nobody measured for long, or a track was gone, there is a hole", () => {
  const series = (...measured: readonly Measured[]) => valuesOf(trackSeries(observe(...measured))[0]?.bitrate);
  const at = (atMs: number, bytes: number) => ({ atMs, tracks: [trackOf(bytes, bytes)] });
  expect(series(at(0, 9_000), at(1_000, 100), at(2_000, 200))).toEqual([null, null, 800]);
  expect(series(at(0, 0), at(5_001, 1_000), at(6_001, 1_100))).toEqual([null, null, 800]);
  expect(series(at(0, 0), { atMs: 4_000 }, at(8_000, 9))).toEqual([null, null]);
  expect(series(at(5, 0), at(5, 9))).toEqual([null, null]);
});

test("[IP57] whatever is counted, no value is below zero, above all, or no number", () => {
  const count = fc.integer({ min: -9, max: 2_000_000 });
  const measured = fc.record({
    atMs: fc.integer({ min: 0, max: 20_000 }),
    tracks: fc.array(
      fc.tuple(count, count, count).map(([bytes, packets, lost]) => trackOf(bytes, packets, lost)),
      {
        maxLength: 2,
      },
    ),
  });
  fc.assert(
    fc.property(fc.array(measured), (all) => {
      for (const { bitrate, loss } of trackSeries(observe(...all))) {
        for (const value of [...(valuesOf(bitrate) ?? []), ...(valuesOf(loss) ?? [])]) {
          if (value !== null) expect(value).toBeGreaterThanOrEqual(0);
        }
        for (const value of valuesOf(loss) ?? []) if (value !== null) expect(value).toBeLessThanOrEqual(1);
      }
    }),
  );
});

test("[IP57] tracks that are there now come before those that are gone, and the path has the round trip of its selected pair", () => {
  const other = { mid: "1" };
  const observations = observe(
    { atMs: 0, tracks: [trackOf(0, 0)], pairs: [pairOf("succeeded", false, 9)] },
    { atMs: 1_000, tracks: [trackOf(0, 0, 0, other)], pairs: [pairOf("failed"), pairOf("succeeded", true, 12)] },
  );
  expect(trackSeries(observations).map(({ mid }) => mid)).toEqual(["1", "0"]);
  expect(valuesOf(pathSeries(observations))).toEqual([null, 12]);
});

test("[IP58] a scale ends at the next round number, and lines end at holes", () => {
  expect([0, 1, 1.1, 4, 500, 501, 1_170_000].map((value) => ceilingOf(value, 0))).toEqual([
    1, 1, 2, 5, 500, 1_000, 2_000_000,
  ]);
  expect([ceilingOf(0.001, 0.02), ceilingOf(0, 1_000), ceilingOf(Number.NaN, 1)]).toEqual([0.02, 1_000, 1]);
  const [step] = actorOf("x", "n1/x", { steps: [{ seq: 1, event: "x" }] }).steps;
  if (step === undefined) throw new Error("there is no step");
  const series = [1, 2, null, null, 5].map((value, at) => ({ at, value, step }));
  expect(runsOf(series).map((run) => run.map(({ value }) => value))).toEqual([[1, 2], [5]]);
});

test("[IP58] values are told with three digits and their unit", () => {
  expect([0, 640, 31_200, 1_234_000, 999_600].map(bitrateWords)).toEqual([
    "0 bit/s",
    "640 bit/s",
    "31.2 kbit/s",
    "1.23 Mbit/s",
    "1.00 Mbit/s",
  ]);
  expect([0, 0.0004, 0.005, 0.1, 1].map(shareWords)).toEqual(["0 %", "0.04 %", "0.5 %", "10 %", "100 %"]);
  expect([0.44, 31.2].map(millisecondWords)).toEqual(["0.4 ms", "31 ms"]);
});

const parent = "n1/session:a/a-1";
const connectivity = actorOf("connectivity", `${parent}/connectivity`, {
  before: { status: "active", value: { ice: "new", dtls: "new" }, context: {} },
  steps: [
    { seq: 10, event: "x", value: { ice: "checking", dtls: "new" } },
    { seq: 20, event: "x", value: { ice: "connected", dtls: "connecting" } },
    { seq: 30, event: "x", value: { ice: "connected", dtls: "connected" } },
  ],
});

test("[IP59] the states of a transport are those at the moment that is looked at, with when they began", () => {
  const at = (index: number | null) =>
    transportStates(connectivity, index === null ? null : (connectivity.steps[index] ?? null)).map(
      ({ region, state, since }) => `${region} ${state} ${since - 1_000_000}`,
    );
  expect(at(1)).toEqual(["ice connected 20", "dtls connecting 20"]);
  expect(at(null)).toEqual(["ice connected 20", "dtls connected 30"]);
});

test("[IP59] it is the transport of the connection that is chosen, or of the newest one that there was by then", () => {
  const session = actorOf("session", "n1/session:a", { steps: [{ seq: 5, event: "x" }] });
  const peer = actorOf("peer", parent);
  const negotiation = actorOf("negotiation", `${parent}/negotiation`);
  const later = actorOf("connectivity", "n1/session:a/a-2/connectivity", { startedAt: 1_000_900 });
  const system = [session, peer, negotiation, connectivity, later];
  const of = (selected: typeof session, step = session.steps[0]) => connectivityOf(system, selected, step ?? null)?.id;
  for (const selected of [peer, negotiation, connectivity, session]) expect(of(selected)).toBe(connectivity.id);
  expect(connectivityOf(system, session, null)?.id).toBe(later.id);
  expect(connectivityOf([session], session, null)).toBeUndefined();
});
