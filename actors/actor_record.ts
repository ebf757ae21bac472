import type { AnyEventObject } from "xstate";
import { type EventEntry, EventRing } from "./event_ring.ts";

/** Something that happened to an actor. What it holds is the machine's own and never changed. */
export interface RecordedEvent {
  /** Orders everything that one node recorded. */
  readonly seq: number;
  /** Milliseconds on this process's monotonic clock. */
  readonly atMs: number;
  /** The address of the actor that sent the event; undefined when it came from outside of the actors. */
  readonly source: string | undefined;
  /** Without tokens and payloads of clients. */
  readonly event: AnyEventObject;
  /** What it led to; undefined for what was told to the client (see `isTold`), and for what was only seen of the actor. */
  readonly after: RecordedState | undefined;
  /** So many more of its kind followed at once, and changed nothing either. */
  readonly repeats: number;
}

/** An actor at one moment. */
export interface RecordedState {
  readonly status: "active" | "done" | "error" | "stopped";
  readonly value: unknown;
  readonly context: unknown;
}

/** Whom an actor is about, for those who look for it. */
export interface RecordLabels {
  readonly room?: string | undefined;
  /** The clients that it is about. */
  readonly peers?: readonly string[];
}

export interface ActorRecordInput {
  /** Unique on its node, among all that is remembered: `session:<id>/<peer id>/negotiation`. */
  readonly address: string;
  /** The id of the machine, as `peer`. */
  readonly kind: string;
  /** What it is called where it lives, as the id of the peer. */
  readonly name: string;
  readonly parent: string | undefined;
  readonly root: string;
  readonly seq: number;
  readonly startedAtMs: number;
  /** The configuration of the machine; null for what is none. */
  readonly config: unknown;
  readonly labels: () => RecordLabels;
  /** How many of its events are kept. */
  readonly maxEvents: number;
}

/** So many observations of an actor are kept beside its events. Ours: a connection that goes and comes has two each time. */
export const maxObservations = 8;

/** What was seen of an actor. */
interface Observed {
  readonly event: RecordedEvent;
  readonly weight: number;
  readonly isMoment: boolean;
}

/** The last events of one actor, at most so many. */
export class ActorRecord {
  readonly address: string;
  readonly kind: string;
  readonly name: string;
  readonly parent: string | undefined;
  readonly root: string;
  /** Of its start. */
  readonly seq: number;
  readonly startedAtMs: number;
  readonly config: unknown;
  /** Events that are no longer here. */
  lostCount = 0;
  /** Undefined while it lives. */
  endedAtMs: number | undefined;
  /** What it takes of the memory that there is for all, about. */
  bytes = 0;
  #labels: (() => RecordLabels) | undefined;
  #endLabels: RecordLabels = {};
  readonly #events: EventRing;
  /** Oldest first. */
  #observed: Observed[] = [];
  #status: RecordedState["status"] | undefined;
  #value: unknown;
  #context: unknown;

  constructor(input: ActorRecordInput) {
    this.address = input.address;
    this.kind = input.kind;
    this.name = input.name;
    this.parent = input.parent;
    this.root = input.root;
    this.seq = input.seq;
    this.startedAtMs = input.startedAtMs;
    this.config = input.config;
    this.#labels = input.labels;
    this.#events = new EventRing(input.maxEvents);
  }

  get labels(): RecordLabels {
    return this.#labels?.() ?? this.#endLabels;
  }

  /** As it was before the oldest event that is kept; undefined when that was its first. */
  get before(): RecordedState | undefined {
    return this.#events.before;
  }

  /** As it is now. */
  get state(): RecordedState | undefined {
    const status = this.#status;
    return status === undefined ? undefined : { status, value: this.#value, context: this.#context };
  }

  /** Oldest first, with what was seen of it meanwhile. */
  get events(): readonly RecordedEvent[] {
    const { events } = this.#events;
    if (this.#observed.length === 0) return events;
    return merge(
      events,
      this.#observed.map(({ event }) => event),
    );
  }

  /**
   * Keeps what was seen of it beside its events. Of what was not seen at a moment that tells something, the newest is enough.
   *
   * @returns by how many bytes the record grew
   */
  observe(event: RecordedEvent, { weight, isMoment }: Omit<Observed, "event">): number {
    const kept = isMoment ? this.#observed : this.#observed.filter((observed) => observed.isMoment);
    const before = weightIn(this.#observed);
    this.#observed = [...kept, { event, weight, isMoment }].slice(-maxObservations);
    const growth = weightIn(this.#observed) - before;
    this.bytes += growth;
    return growth;
  }

  /** @returns by how many bytes the record grew */
  add(entry: EventEntry): number {
    if (this.#isRepeated(entry)) {
      this.#events.repeat();
      return 0;
    }
    const { status, weight } = entry;
    if (status !== undefined) {
      this.#status = status;
      this.#value = entry.value;
      this.#context = entry.context;
    }
    const freed = this.#events.add(entry);
    if (freed !== undefined) this.lostCount += 1;
    const growth = weight - (freed ?? 0);
    this.bytes += growth;
    return growth;
  }

  /** What clients say to each other would push out all that tells why a call failed. */
  #isRepeated({ event, status, value, context }: EventEntry): boolean {
    const { latest } = this.#events;
    if (latest === undefined || latest.type !== event.type || !isData(latest) || !isData(event)) return false;
    return status !== undefined && context === this.#context && isSame(value, this.#value);
  }

  /** Forgets the older half of its events. @returns how many bytes are free */
  halve(): number {
    const { count, weight } = this.#events.halve();
    const observedCount = Math.ceil(this.#observed.length / 2);
    const freed = weight + weightIn(this.#observed.slice(0, observedCount));
    this.#observed = this.#observed.slice(observedCount);
    this.lostCount += count;
    this.bytes -= freed;
    return freed;
  }

  /** Whom it is about is not asked any more: whoever knows is gone. */
  end(atMs: number): void {
    if (this.endedAtMs !== undefined) return;
    this.#endLabels = this.labels;
    this.#labels = undefined;
    this.endedAtMs = atMs;
  }
}

function weightIn(observed: readonly Observed[]): number {
  return observed.reduce((sum, { weight }) => sum + weight, 0);
}

/** Events stay in the order in which they were handled; what was seen goes before those that were sent later. */
function merge(events: readonly RecordedEvent[], observed: readonly RecordedEvent[]): RecordedEvent[] {
  const merged: RecordedEvent[] = [];
  let next = 0;
  for (const event of events) {
    for (let seen = observed[next]; seen !== undefined && seen.seq < event.seq; seen = observed[next]) {
      merged.push(seen);
      next += 1;
    }
    merged.push(event);
  }
  return [...merged, ...observed.slice(next)];
}

function isData({ type, message }: AnyEventObject): boolean {
  if (type !== "message.received") return type === "data.sent" || type === "data.received";
  return (message as { readonly type?: unknown } | undefined)?.type === "data";
}

/** State values: strings, or objects of them. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return a === b;
  return JSON.stringify(a) === JSON.stringify(b);
}
