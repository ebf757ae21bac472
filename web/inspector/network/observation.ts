import type { ObservedCandidate, ObservedPair, ObservedTrack } from "../../../protocol/connection_observation.ts";
import type { Step, StepEvent } from "../model/step.ts";
import { objectOf } from "../statechart/json_reading.ts";

/** What a transport was like when a step was recorded. */
export interface ObservationAt {
  readonly step: Step;
  readonly pairs: readonly ObservedPair[];
  readonly tracks: readonly ObservedTrack[];
}

/** What an event holds of a transport; null for another event. Another node may be of another version: what does not fit is left out. */
export function observationOf(event: StepEvent): Omit<ObservationAt, "step"> | null {
  if (event.type !== "connection.observed") return null;
  const { pairs, tracks } = objectOf(event["observation"] ?? event);
  return { pairs: listOf(pairs).filter(isPair), tracks: listOf(tracks).filter(isTrack) };
}

/** Those in steps of one connection, oldest first. */
export function observationsIn(steps: readonly Step[]): readonly ObservationAt[] {
  return steps.flatMap((step) => {
    const observation = observationOf(step.event);
    return observation === null ? [] : [{ step, ...observation }];
  });
}

const ranks: Readonly<Record<ObservedPair["state"], number>> = {
  succeeded: 1,
  "in-progress": 2,
  waiting: 3,
  frozen: 4,
  failed: 5,
};

/** The selected one first, then those that work, are tried, wait, and failed; within these in the order that they came in. */
export function sortPairs(pairs: readonly ObservedPair[]): readonly ObservedPair[] {
  const rank = ({ isSelected, state }: ObservedPair) => (isSelected ? 0 : ranks[state]);
  return pairs.toSorted((one, other) => rank(one) - rank(other));
}

/** In their order; of those that wait between the same two addresses, one with how many they are. */
export function foldPairs(pairs: readonly ObservedPair[]): readonly (readonly [ObservedPair, number])[] {
  const groups = Map.groupBy(pairs, (pair) => {
    const { state, isSelected, local, remote } = pair;
    return state !== "waiting" || isSelected
      ? pair
      : [local, remote].map(({ address, type }) => `${type} ${address}`).join();
  });
  return [...groups.values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [[first, others.length + 1]],
  );
}

function isPair(value: unknown): value is ObservedPair {
  const { local, remote, state, isSelected, roundTripTimeMs } = objectOf(value);
  return (
    isCandidate(local) &&
    isCandidate(remote) &&
    typeof state === "string" &&
    Object.hasOwn(ranks, state) &&
    typeof isSelected === "boolean" &&
    isNumberOrNone(roundTripTimeMs)
  );
}

function isCandidate(value: unknown): value is ObservedCandidate {
  const { type, protocol, address, port } = objectOf(value);
  return [type, protocol, address].every((each) => typeof each === "string") && typeof port === "number";
}

function isTrack(value: unknown): value is ObservedTrack {
  const { mid, kind, direction, bytes, packets, packetsLost, roundTripTimeMs } = objectOf(value);
  return (
    [mid, kind, direction].every((each) => typeof each === "string") &&
    [bytes, packets, packetsLost].every(Number.isFinite) &&
    isNumberOrNone(roundTripTimeMs)
  );
}

function isNumberOrNone(value: unknown): boolean {
  return value === undefined || Number.isFinite(value);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
