import { areExportedActors, recordFormat } from "../protocol/connection_record.ts";
import { explain } from "./explain/explain.ts";
import { exportActors } from "./export_actors.ts";
import type { FlightRecorder } from "./flight_recorder.ts";
import { hasGivenUp } from "./gave_up.ts";
import { isAbout } from "./record_writer.ts";

/** What the log says of a peer connection that failed. */
export interface LoggedExplanation {
  readonly cause: string;
  readonly summary: string;
  readonly remedy: string;
}

/** So many failures are explained within a second, of those that come all at once. Ours: each costs milliseconds, up to 20 with a record of the length below. */
const maxPerSecond = 5;
/** The record is small enough for that time. Ours. */
const maxRecordLength = 1_048_576;

/** Explains peer connections of this node as they fail, for the log; not all of many at once. */
export class FailureExplainer {
  readonly #recorder: Pick<FlightRecorder, "recordsOf">;
  readonly #now: () => number;
  #second = Number.NEGATIVE_INFINITY;
  #count = 0;

  /** @param now milliseconds on the clock of the recorder */
  constructor(recorder: Pick<FlightRecorder, "recordsOf">, now: () => number = () => performance.now()) {
    this.#recorder = recorder;
    this.#now = now;
  }

  /** Whether its client gave up a peer connection that has ended; false where nothing is recorded. */
  hasGivenUp(sessionId: string, peerId: string): boolean {
    const records = this.#recorder.recordsOf(`session:${sessionId}`);
    const peer = records.find(({ kind, name }) => kind === "peer" && name === peerId);
    return (
      peer !== undefined &&
      hasGivenUp(
        peer,
        records.find(({ kind }) => kind === "session"),
      )
    );
  }

  /** Undefined where nothing is recorded, nothing is wrong that is known, or too many were explained in the last second. */
  explain(sessionId: string, peerId: string): LoggedExplanation | undefined {
    const nowMs = this.#now();
    if (nowMs - this.#second >= 1_000) {
      this.#second = nowMs;
      this.#count = 0;
    }
    if (this.#count >= maxPerSecond) return undefined;
    this.#count += 1;
    // Not the peer connections that the session had before: there may be hundreds.
    const records = this.#recorder
      .recordsOf(`session:${sessionId}`)
      .filter((record) => record.kind === "session" || isAbout(record, [peerId]));
    if (records.length === 0) return undefined;
    const node = { nodeId: "this", origin: "this", epochMs: 0 };
    const actors: unknown = JSON.parse(exportActors(records, sessionId, node, maxRecordLength));
    if (!areExportedActors(actors)) return undefined;
    const { isWell, cause, summary, remedy } = explain({
      format: recordFormat,
      version: "",
      exportedAt: new Date(nowMs).toISOString(),
      peer: peerId,
      missingNodes: [],
      actors: [...actors],
    });
    return isWell || cause === "unknown" ? undefined : { cause, summary, remedy };
  }
}
