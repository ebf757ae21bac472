import type { ExportedActor, ExportedEvent, ExportedState } from "../protocol/connection_record.ts";
import type { ActorRecord, RecordedEvent, RecordedState } from "./actor_record.ts";
import { isAbout, writtenEvent, writtenState } from "./record_writer.ts";

/** What one node has of a record stays below it, in characters of JSON: older events are left out. Ours. */
const maxLength = 32 * 1_048_576;

/** Whose records they are. */
export interface RecordingNode {
  readonly nodeId: string;
  /** This start of the node. */
  readonly origin: string;
  /** Unix time at the zero of its monotonic clock. */
  readonly epochMs: number;
}

/** What one node has of a record, as JSON. */
export function exportActors(
  records: readonly ActorRecord[],
  peer: string,
  node: RecordingNode,
  maxJsonLength = maxLength,
): string {
  let actors = records.filter((record) => isAbout(record, [peer])).map((record) => exported(record, node));
  for (;;) {
    const text = JSON.stringify(actors);
    const isShortest = actors.every(({ events }) => events.length <= 1);
    if (text.length <= maxJsonLength || isShortest) return text;
    actors = actors.map(withoutOlderHalf);
  }
}

function exported(record: ActorRecord, { nodeId, origin, epochMs }: RecordingNode): ExportedActor {
  const { address, kind, name, parent, labels, startedAtMs, endedAtMs, lostCount, before, events } = record;
  return {
    node: nodeId,
    origin,
    address,
    kind,
    name,
    ...(parent === undefined ? {} : { parent }),
    ...(labels.room === undefined ? {} : { room: labels.room }),
    peers: [...(labels.peers ?? [])],
    startedAtMs,
    startedAt: Math.round(epochMs + startedAtMs),
    ...(endedAtMs === undefined ? {} : { endedAtMs }),
    forgotten: lostCount,
    ...(before === undefined ? {} : { before: exportedState(before) }),
    events: events.map(exportedEvent),
  };
}

function exportedEvent(recorded: RecordedEvent): ExportedEvent {
  const { seq, atMs, source, after, repeats } = recorded;
  return {
    seq,
    atMs,
    ...(source === undefined ? {} : { source }),
    event: writtenEvent({ ...recorded, repeats: 0 }),
    ...(after === undefined ? {} : { after: exportedState(after) }),
    repeats,
  };
}

function exportedState(state: RecordedState): ExportedState {
  const { status, value, context } = writtenState(state);
  return { status, ...(value === undefined ? {} : { value }), ...(context === undefined ? {} : { context }) };
}

function withoutOlderHalf(actor: ExportedActor): ExportedActor {
  const count = Math.floor(actor.events.length / 2);
  const before = actor.events.slice(0, count).findLast(({ after }) => after !== undefined)?.after ?? actor.before;
  const forgotten = actor.forgotten + count;
  return { ...actor, forgotten, events: actor.events.slice(count), ...(before === undefined ? {} : { before }) };
}
