import type { AnyActorRef, AnyEventObject, InspectedSnapshotEvent, InspectionEvent } from "xstate";
import { ActorRecord, type RecordedEvent, type RecordedState, type RecordLabels } from "./actor_record.ts";
import { keptEvent, weightOf } from "./recorded_event.ts";

/** One transition of one actor as a log shows it: JSON-safe and without SDP, candidates or secrets. */
export interface Transition {
  /** Milliseconds on this process's monotonic clock. */
  readonly atMs: number;
  readonly actor: string;
  readonly event: string;
  /** The state that the actor was in afterwards. */
  readonly state: unknown;
}

export interface FlightRecorderLimits {
  /** Events of one actor; 0 records nothing. */
  readonly maxRecordedEvents: number;
  /** All that is recorded, about. */
  readonly maxRecordBytes: number;
  /** Actors that ended. */
  readonly maxEndedRecords: number;
}

export interface FlightRecorderOptions extends Partial<FlightRecorderLimits> {
  /** What is recorded of an actor that ended is kept for this long, in milliseconds. */
  readonly recordTimeoutMs?: number;
  /** Milliseconds on a clock that never goes back. */
  readonly now?: () => number;
}

/** What a root actor is recorded as. */
export interface RecordedRoot {
  /** What it is found by: `session:<id>`. Another one of the same id may follow it. */
  readonly id: string;
  readonly parent?: string;
  readonly labels?: () => RecordLabels;
  /** Hears of each transition as it is recorded. */
  readonly onTransition?: (transition: Transition) => void;
}

/** Hears of everything as it is recorded. */
export interface RecordWatcher {
  /** `event` is undefined when the actor starts. */
  recorded(record: ActorRecord, event: RecordedEvent | undefined): void;
}

/** What actors are given: XState's option, or nothing when nothing is recorded. */
export interface Recorded {
  readonly inspect?: (event: InspectionEvent) => void;
}

/** An actor system that is recorded. */
interface Recording {
  readonly root: RecordedRoot;
  readonly records: Map<unknown, ActorRecord>;
  /** Events that were sent and are not handled yet, in the order of sending. */
  readonly sent: SentEvent[];
  first: ActorRecord | undefined;
}

interface SentEvent extends Pick<RecordedEvent, "seq" | "atMs" | "source"> {
  readonly target: unknown;
  readonly event: AnyEventObject;
}

/** What is sent to an actor that has ended is never handled. Far more than are on their way at the same time. Ours. */
const maxSent = 256;

const defaults = {
  maxRecordedEvents: 128,
  maxRecordBytes: 64 * 1_048_576,
  maxEndedRecords: 2_000,
  recordTimeoutMs: 15 * 60_000,
} as const;

/**
 * The last events of every actor of a node, and of those that ended lately: always on, and bounded. Nothing is read, compared or written
 * as text before somebody looks.
 */
export class FlightRecorder {
  readonly #limits: FlightRecorderLimits & { readonly recordTimeoutMs: number };
  readonly #now: () => number;
  readonly #systems = new Map<string, Recording>();
  readonly #live = new Map<string, ActorRecord>();
  /** Oldest end first. */
  readonly #ended = new Map<string, ActorRecord>();
  readonly #watchers = new Set<RecordWatcher>();
  #bytes = 0;
  #seq = 0;

  constructor({ now = () => performance.now(), ...limits }: FlightRecorderOptions = {}) {
    this.#limits = { ...defaults, ...limits };
    this.#now = now;
  }

  /** About what all records take, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What a root actor is created with. Whoever creates it says when it has ended. */
  record(root: RecordedRoot): Recorded {
    if (this.#limits.maxRecordedEvents === 0) return {};
    const recording: Recording = { root, records: new Map(), sent: [], first: undefined };
    this.#systems.get(root.id)?.records.forEach((record) => {
      this.#end(record);
    });
    this.#systems.set(root.id, recording);
    return { inspect: (event) => this.#inspected(recording, event) };
  }

  /** Something was told to somebody outside, as a client: it is recorded with the actor that told it. */
  told(rootId: string, event: AnyEventObject): void {
    const record = this.#systems.get(rootId)?.first;
    if (record === undefined) return;
    const [seq, atMs, source] = [++this.#seq, this.#now(), record.address];
    this.#add(record, { seq, atMs, source, event: keptEvent(event), after: undefined, repeats: 0 });
  }

  /** The record of a child of a root actor, while both live; `path` is that of its address behind the root's. */
  find(rootId: string, path: string): ActorRecord | undefined {
    const root = this.#systems.get(rootId)?.first;
    return root === undefined ? undefined : this.#live.get(`${root.address}/${path}`);
  }

  /** The records of a root actor that lives, and of its children, also those that have ended. */
  recordsOf(rootId: string): readonly ActorRecord[] {
    const root = this.#systems.get(rootId)?.first?.address;
    return root === undefined ? [] : this.records.filter((record) => record.root === root);
  }

  /**
   * Something was seen of an actor that is no event of its machine. It is recorded with that actor, and takes no event's place.
   *
   * @param isMoment it was looked at as something happened; of those that are not, only the newest is kept
   */
  observed(record: ActorRecord, event: AnyEventObject, isMoment: boolean): void {
    if (record.endedAtMs !== undefined) return;
    const observed = { seq: ++this.#seq, atMs: this.#now(), source: undefined, event, after: undefined, repeats: 0 };
    this.#grow(record.observe(observed, { weight: weightOf(event), isMoment }));
    for (const watcher of this.#watchers) watcher.recorded(record, observed);
  }

  /** The root actor has ended, and its children with it. */
  ended(rootId: string): void {
    const recording = this.#systems.get(rootId);
    if (recording === undefined) return;
    this.#systems.delete(rootId);
    for (const record of recording.records.values()) this.#end(record);
  }

  /** Of what was recorded last. */
  get seq(): number {
    return this.#seq;
  }

  /** All that are remembered, those that ended first. */
  get records(): readonly ActorRecord[] {
    this.#expire();
    return [...this.#ended.values(), ...this.#live.values()];
  }

  /** The last transitions of a root actor that lives and of its children, oldest first; at most so many. */
  transitions(rootId: string, maxCount = 64): readonly Transition[] {
    const records = [...(this.#systems.get(rootId)?.records.values() ?? [])];
    return records
      .flatMap(({ name, events }) => events.flatMap((event) => transitionOf(name, event) ?? []))
      .toSorted((a, b) => a.atMs - b.atMs)
      .slice(-maxCount);
  }

  /** @returns what ends it */
  watch(watcher: RecordWatcher): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  #inspected(recording: Recording, inspected: InspectionEvent): void {
    switch (inspected.type) {
      case "@xstate.actor":
        this.#start(recording, inspected.actorRef as AnyActorRef);
        break;
      case "@xstate.event": {
        const { sent, records } = recording;
        const source = inspected.sourceRef === undefined ? undefined : records.get(inspected.sourceRef)?.address;
        const { actorRef: target, event } = inspected;
        sent.push({ target, event, source, seq: ++this.#seq, atMs: this.#now() });
        if (sent.length > maxSent) sent.shift();
        break;
      }
      case "@xstate.snapshot":
        this.#handled(recording, inspected);
        break;
    }
  }

  #handled(recording: Recording, { actorRef, event, snapshot }: InspectedSnapshotEvent): void {
    const record = recording.records.get(actorRef);
    if (record === undefined) return;
    const at = recording.sent.findIndex((sent) => sent.event === event && sent.target === actorRef);
    const sent = at < 0 ? undefined : recording.sent.splice(at, 1)[0];
    const { seq = ++this.#seq, atMs = this.#now(), source } = sent ?? {};
    const { status, value, context } = snapshot as unknown as RecordedState;
    this.#add(record, { seq, atMs, source, event: keptEvent(event), after: { status, value, context }, repeats: 0 });
    if (status !== "active" && record !== recording.first) {
      recording.records.delete(actorRef);
      this.#end(record);
    }
    if (value !== undefined)
      recording.root.onTransition?.({ atMs, actor: record.name, event: event.type, state: value });
  }

  #start(recording: Recording, actor: AnyActorRef): void {
    const { root, records, first } = recording;
    const parent = actor._parent === undefined ? undefined : records.get(actor._parent)?.address;
    const config = (actor as { logic?: { config?: { id?: string } } }).logic?.config ?? null;
    const record = new ActorRecord({
      address: this.#freeAddress(first === undefined ? root.id : `${parent ?? first.address}/${actor.id}`),
      kind: config?.id ?? "actor",
      name: actor.id,
      parent: parent ?? root.parent,
      root: first?.address ?? root.id,
      seq: ++this.#seq,
      startedAtMs: this.#now(),
      config,
      labels: root.labels ?? (() => ({})),
    });
    recording.first ??= record;
    records.set(actor, record);
    this.#live.set(record.address, record);
    for (const watcher of this.#watchers) watcher.recorded(record, undefined);
  }

  #add(record: ActorRecord, event: RecordedEvent): void {
    const { maxRecordedEvents: maxEvents } = this.#limits;
    this.#grow(record.add(event, { weight: weightOf(event.event), maxEvents }));
    for (const watcher of this.#watchers) watcher.recorded(record, event);
  }

  #grow(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#limits.maxRecordBytes) this.#shrink();
  }

  #end(record: ActorRecord): void {
    if (!this.#live.delete(record.address)) return;
    record.end(this.#now());
    this.#ended.set(record.address, record);
    this.#expire();
  }

  #expire(): void {
    const expiredAtMs = this.#now() - this.#limits.recordTimeoutMs;
    for (const record of this.#ended.values()) {
      const isKept = this.#ended.size <= this.#limits.maxEndedRecords && (record.endedAtMs ?? 0) >= expiredAtMs;
      if (isKept) break;
      this.#forget(record);
    }
  }

  /** Those that ended first; then the older half of each that lives. */
  #shrink(): void {
    const { maxRecordBytes } = this.#limits;
    for (const record of this.#ended.values()) {
      if (this.#bytes <= maxRecordBytes) return;
      this.#forget(record);
    }
    for (const record of this.#live.values()) this.#bytes -= record.halve();
  }

  #forget(record: ActorRecord): void {
    this.#ended.delete(record.address);
    this.#bytes -= record.bytes;
  }

  #freeAddress(address: string): string {
    let free = address;
    for (let number = 2; this.#live.has(free) || this.#ended.has(free); number += 1) free = `${address}~${number}`;
    return free;
  }
}

function transitionOf(actor: string, { atMs, event, after }: RecordedEvent): Transition | undefined {
  if (after?.value === undefined) return undefined;
  return { atMs, actor, event: event.type, state: after.value };
}
