import type { ExportedActor, ExportedEvent, ExportedState } from "../protocol/connection_record.ts";
import type { ActorRecord, RecordedEvent, RecordedState } from "./actor_record.ts";
import { isAbout, writtenEvent, writtenState } from "./record_writer.ts";

/** So long are the events that one node gives of a record, in characters of JSON: older ones are left out. Ours. */
const maxLength = 8 * 1_048_576;

/** Whose records they are. */
export interface RecordingNode {
  readonly nodeId: string;
  /** This start of the node. */
  readonly origin: string;
  /** Unix time at the zero of its monotonic clock. */
  readonly epochMs: number;
}

/** An actor of which the newest events are written, one after the other. */
interface Writing {
  readonly record: ActorRecord;
  readonly events: readonly RecordedEvent[];
  /** As JSON, newest first. */
  readonly texts: string[];
}

/**
 * What one node has of a record, as JSON. No more is written than there is room for, and the newest events of each actor first, so that neither
 * a long record nor one actor that says much costs or hides more.
 */
export function exportActors(
  records: readonly ActorRecord[],
  peer: string,
  node: RecordingNode,
  maxJsonLength = maxLength,
): string {
  const writings = records
    .filter((record) => isAbout(record, [peer]))
    .map((record): Writing => ({ record, events: record.events, texts: [] }));
  let length = 0;
  let open = writings;
  while (open.length > 0) {
    open = open.filter(({ events, texts }) => {
      const event = events.at(-1 - texts.length);
      if (event === undefined) return false;
      const text = JSON.stringify(exportedEvent(event));
      // The newest one of each is there in any case.
      if (texts.length > 0 && length + text.length > maxJsonLength) return false;
      length += text.length + 1;
      texts.push(text);
      return true;
    });
  }
  return `[${writings.map((writing) => exported(writing, node)).join(",")}]`;
}

function exported({ record, events, texts }: Writing, { nodeId, origin, epochMs }: RecordingNode): string {
  const { address, kind, name, parent, labels, startedAtMs, endedAtMs, lostCount } = record;
  const left = events.slice(0, events.length - texts.length);
  const before = left.findLast(({ after }) => after !== undefined)?.after ?? record.before;
  const actor: Omit<ExportedActor, "events"> = {
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
    forgotten: lostCount + left.length,
    ...(before === undefined ? {} : { before: exportedState(before) }),
  };
  return `${JSON.stringify(actor).slice(0, -1)},"events":[${texts.toReversed().join(",")}]}`;
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
