import type { ConnectionRecord } from "../protocol/connection_record.ts";
import { connectionOutcomes } from "./connection_outcome.ts";
import { replayRecord } from "./replay_record.ts";
import { actorText, departureText, outcomeText, sentText, stepLines } from "./replay_words.ts";

/** A replay in words, for who called for it. */
export interface ReplayReport {
  readonly lines: readonly string[];
  readonly hasDeparted: boolean;
}

/** Runs a record again and says what came of it; `version` is that of the machines. */
export function replayReport(record: ConnectionRecord, version: string): ReplayReport {
  const replay = replayRecord(record);
  const departures = [...replay.departures.map(departureText), ...replay.sentDifferences.map(sentText)];
  const stepCount = replay.actors.flatMap(({ steps }) => steps).length;
  const failed = connectionOutcomes(replay).filter(({ isGood }) => !isGood);
  const than = record.version === version ? "" : `; these are the machines of ${version}`;
  const lines = [
    `record of ${record.peer}, exported ${record.exportedAt} by Signalbox ${record.version}${than}`,
    ...record.missingNodes.map((node) => `node ${node} did not answer: what it recorded is missing`),
    ...record.actors
      .filter(({ forgotten }) => forgotten > 0)
      .map((actor) => `${actorText(actor)}: its first ${actor.forgotten} events are forgotten`),
    ...replay.unknown.map((actor) => `${actorText(actor)} is not replayed: there is no machine "${actor.kind}"`),
    "",
    ...stepLines(replay),
    "",
    ...departures,
    ...failed.map(({ actor, wanted, reached }) => `${actorText(actor)} came to ${reached}, never to ${wanted}`),
    departures.length === 0
      ? `${stepCount} steps of ${replay.actors.length} actors led to the states that were recorded`
      : `${departures.length} departures in ${stepCount} steps of ${replay.actors.length} actors`,
  ];
  return { lines, hasDeparted: departures.length > 0 };
}

/**
 * For a test that is made of a record: what keeps its peer connections from being good, by the machines as they are now, one text each. Each machine goes
 * on with what it makes of what it was told then.
 */
export function connectionFailures(record: ConnectionRecord): readonly string[] {
  const replay = replayRecord(record, { follow: "machine" });
  return connectionOutcomes(replay)
    .filter(({ isGood }) => !isGood)
    .map((outcome) => outcomeText(outcome, replay));
}

/** For a test that is made of a record: each step that does not lead to what was recorded, one text each. */
export function replayDepartures(record: ConnectionRecord): readonly string[] {
  const { departures, sentDifferences } = replayRecord(record);
  return [...departures.map(departureText), ...sentDifferences.map(sentText)];
}
