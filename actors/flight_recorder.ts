import type { AnyActorRef, AnyEventObject, InspectedEventEvent, InspectedSnapshotEvent, InspectionEvent } from "xstate";
import { ActorRecord, type RecordedEvent, type RecordedState, type RecordLabels } from "./actor_record.ts";
import { type EventEntry, emptyEntry, eventOf } from "./event_ring.ts";
import { KeptRecords } from "./kept_records.ts";
import { keptEvent, weightOf } from "./recorded_event.ts";
import { SentEvents } from "./sent_events.ts";

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
  readonly sent: SentEvents;
  first: ActorRecord | undefined;
}

/** What XState tells, without `rootId`: it is known which system it tells it of. */
type Inspected = Omit<InspectionEvent, "rootId">;

/** What XState calls of a system, by its name each time, to tell all that happens in it. */
interface InspectedSystem {
  _sendInspectionEvent?: (event: Inspected) => void;
}

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
  readonly #maxEvents: number;
  readonly #now: () => number;
  readonly #systems = new Map<string, Recording>();
  readonly #records: KeptRecords;
  readonly #watchers = new Set<RecordWatcher>();
  #seq = 0;
  /** What was told as text last, and what is kept of it. */
  #text = "";
  #textEvent: AnyEventObject = { type: "message.sent" };
  #textWeight = 0;
  /** One for all: it is copied. */
  readonly #toldEntry = emptyEntry();

  constructor({ now = () => performance.now(), ...limits }: FlightRecorderOptions = {}) {
    const { maxRecordedEvents, ...bounds } = { ...defaults, ...limits };
    this.#maxEvents = maxRecordedEvents;
    this.#now = now;
    this.#records = new KeptRecords({ ...bounds, now });
  }

  /** About what all records take, in bytes. */
  get bytes(): number {
    return this.#records.bytes;
  }

  /** What a root actor is created with. Whoever creates it says when it has ended. */
  record(root: RecordedRoot): Recorded {
    if (this.#maxEvents === 0) return {};
    const recording: Recording = { root, records: new Map(), sent: new SentEvents(), first: undefined };
    this.#systems.get(root.id)?.records.forEach((record) => {
      this.#records.end(record);
    });
    this.#systems.set(root.id, recording);
    return { inspect: (event) => this.#inspected(recording, event) };
  }

  /** Something was told to somebody outside, as a client: it is recorded with the actor that told it. */
  told(rootId: string, event: AnyEventObject): void {
    const record = this.#systems.get(rootId)?.first;
    if (record === undefined) return;
    const kept = keptEvent(event);
    this.#tell(record, kept, weightOf(kept));
  }

  /** The same of a message that is encoded already, as it is for many: what is kept of it is then one for all. */
  textTold(rootId: string, text: string): void {
    const record = this.#systems.get(rootId)?.first;
    if (record === undefined) return;
    if (text !== this.#text) {
      this.#text = text;
      this.#textEvent = keptEvent({ type: "message.sent", message: { text } });
      this.#textWeight = weightOf(this.#textEvent);
    }
    this.#tell(record, this.#textEvent, this.#textWeight);
  }

  #tell(record: ActorRecord, event: AnyEventObject, weight: number): void {
    const entry = this.#toldEntry;
    entry.seq = ++this.#seq;
    entry.atMs = this.#now();
    entry.source = record.address;
    entry.event = event;
    entry.weight = weight;
    this.#add(record, entry);
  }

  /** The record of a child of a root actor, while both live; `path` is that of its address behind the root's. */
  find(rootId: string, path: string): ActorRecord | undefined {
    const root = this.#systems.get(rootId)?.first;
    return root === undefined ? undefined : this.#records.find(`${root.address}/${path}`);
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
    const observed = eventOf(this.#enter(emptyEntry(), event, undefined));
    this.#records.grow(record.observe(observed, { weight: weightOf(event), isMoment }));
    for (const watcher of this.#watchers) watcher.recorded(record, observed);
  }

  /** The root actor has ended, and its children with it. */
  ended(rootId: string): void {
    const recording = this.#systems.get(rootId);
    if (recording === undefined) return;
    this.#systems.delete(rootId);
    for (const record of recording.records.values()) this.#records.end(record);
  }

  /** Of what was recorded last. */
  get seq(): number {
    return this.#seq;
  }

  /** All that are remembered, those that ended first. */
  get records(): readonly ActorRecord[] {
    return this.#records.all;
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

  #inspected(recording: Recording, inspected: Inspected): void {
    switch (inspected.type) {
      case "@xstate.event": {
        const { sourceRef, actorRef, event } = inspected as InspectedEventEvent;
        const source = sourceRef === undefined ? undefined : recording.records.get(sourceRef)?.address;
        this.#enter(recording.sent.add(actorRef), event, source);
        break;
      }
      case "@xstate.snapshot":
        this.#handled(recording, inspected as InspectedSnapshotEvent);
        break;
      case "@xstate.actor":
        this.#start(recording, inspected.actorRef as AnyActorRef);
        break;
    }
  }

  /** Numbers and dates an event. */
  #enter(entry: EventEntry, event: AnyEventObject, source: string | undefined): EventEntry {
    entry.seq = ++this.#seq;
    entry.atMs = this.#now();
    entry.source = source;
    entry.event = event;
    return entry;
  }

  #handled({ root, records, sent, first }: Recording, { actorRef, event, snapshot }: InspectedSnapshotEvent): void {
    const record = records.get(actorRef);
    if (record === undefined) return;
    const { status, value, context } = snapshot as unknown as RecordedState;
    const entry = sent.take(actorRef, event) ?? this.#enter(emptyEntry(), event, undefined);
    entry.event = keptEvent(event);
    entry.weight = weightOf(entry.event);
    entry.status = status;
    entry.value = value;
    entry.context = context;
    this.#add(record, entry);
    if (status !== "active" && record !== first) {
      records.delete(actorRef);
      this.#records.end(record);
    }
    if (value !== undefined) {
      root.onTransition?.({ atMs: entry.atMs, actor: record.name, event: event.type, state: value });
    }
  }

  #start(recording: Recording, actor: AnyActorRef): void {
    const { root, records, first } = recording;
    if (first === undefined) this.#listenClosely(recording, actor);
    const parent = actor._parent === undefined ? undefined : records.get(actor._parent)?.address;
    const config = (actor as { logic?: { config?: { id?: string } } }).logic?.config ?? null;
    const record = new ActorRecord({
      address: this.#records.freeAddress(first === undefined ? root.id : `${parent ?? first.address}/${actor.id}`),
      kind: config?.id ?? "actor",
      name: actor.id,
      parent: parent ?? root.parent,
      root: first?.address ?? root.id,
      seq: ++this.#seq,
      startedAtMs: this.#now(),
      config,
      labels: root.labels ?? (() => ({})),
      maxEvents: this.#maxEvents,
    });
    recording.first ??= record;
    records.set(actor, record);
    this.#records.add(record);
    for (const watcher of this.#watchers) watcher.recorded(record, undefined);
  }

  /**
   * XState copies all that it tells, also each step and each action, which are not recorded, before it hands it out: that is a good part
   * of what recording costs. So it is taken where it is told. Should another XState tell it otherwise, it comes by `inspect` as before.
   */
  #listenClosely(recording: Recording, root: AnyActorRef): void {
    const system = root.system as InspectedSystem;
    if (system._sendInspectionEvent === undefined) return;
    system._sendInspectionEvent = (inspected) => this.#inspected(recording, inspected);
  }

  #add(record: ActorRecord, entry: EventEntry): void {
    this.#records.grow(record.add(entry));
    if (this.#watchers.size === 0) return;
    const event = eventOf(entry);
    for (const watcher of this.#watchers) watcher.recorded(record, event);
  }
}

function transitionOf(actor: string, { atMs, event, after }: RecordedEvent): Transition | undefined {
  if (after?.value === undefined) return undefined;
  return { atMs, actor, event: event.type, state: after.value };
}
