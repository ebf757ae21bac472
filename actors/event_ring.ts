import type { AnyEventObject } from "xstate";
import type { RecordedEvent, RecordedState } from "./actor_record.ts";

/** An event on its way into a ring, which copies it: whoever adds many uses one for all. */
export interface EventEntry {
  seq: number;
  atMs: number;
  source: string | undefined;
  event: AnyEventObject;
  /** What keeping it costs, in bytes, about. */
  weight: number;
  /** Of what it led to; undefined for what led to nothing. */
  status: RecordedState["status"] | undefined;
  value: unknown;
  context: unknown;
}

/** One to fill in. */
export function emptyEntry(): EventEntry {
  return {
    seq: 0,
    atMs: 0,
    source: undefined,
    event: nothing,
    weight: 0,
    status: undefined,
    value: undefined,
    context: undefined,
  };
}

const nothing: AnyEventObject = { type: "" };

/** Places of an event in the two lists of a ring. */
const [numbersEach, thingsEach] = [4, 5];

/**
 * The last events of an actor, field after field in two lists: there are very many of them, and an object for each is what the garbage
 * collector would mostly work on. Objects are made for those who look.
 */
export class EventRing {
  readonly #maxEvents: number;
  /** Of each: `atMs`, `seq`, `weight`, and how often it was repeated. */
  #numbers: number[] = [];
  /** Of each: `event`, `source`, `status`, `value`, `context`. */
  #things: unknown[] = [];
  #length = 0;
  /** Where the next one goes once it is full. */
  #oldest = 0;
  #before: RecordedState | undefined;

  constructor(maxEvents: number) {
    this.#maxEvents = maxEvents;
  }

  /** What the last event led to that is no longer here. */
  get before(): RecordedState | undefined {
    return this.#before;
  }

  /** The newest one. */
  get latest(): AnyEventObject | undefined {
    return this.#things[this.#newest * thingsEach] as AnyEventObject | undefined;
  }

  /** Oldest first. */
  get events(): RecordedEvent[] {
    return this.#order.map((at) => this.#read(at));
  }

  /** @returns what the one weighed that it takes the place of; undefined when it takes nobody's */
  add(entry: EventEntry): number | undefined {
    if (this.#length < this.#maxEvents) {
      this.#write(this.#length, entry);
      this.#length += 1;
      return undefined;
    }
    const at = this.#oldest;
    const freed = this.#weightAt(at);
    this.#leave(at);
    this.#write(at, entry);
    this.#oldest = (at + 1) % this.#maxEvents;
    return freed;
  }

  /** The newest one came once more. */
  repeat(): void {
    const at = this.#newest * numbersEach + 3;
    this.#numbers[at] = (this.#numbers[at] ?? 0) + 1;
  }

  /** Forgets the older half. */
  halve(): { readonly count: number; readonly weight: number } {
    const order = this.#order;
    const count = Math.ceil(order.length / 2);
    const [gone, kept] = [order.slice(0, count), order.slice(count)];
    for (const at of gone) this.#leave(at);
    const weight = gone.reduce((sum, at) => sum + this.#weightAt(at), 0);
    this.#numbers = kept.flatMap((at) => this.#numbers.slice(at * numbersEach, (at + 1) * numbersEach));
    this.#things = kept.flatMap((at) => this.#things.slice(at * thingsEach, (at + 1) * thingsEach));
    this.#length = kept.length;
    this.#oldest = 0;
    return { count, weight };
  }

  get #newest(): number {
    return (this.#oldest === 0 ? this.#length : this.#oldest) - 1;
  }

  /** The places of the events, oldest first. */
  get #order(): number[] {
    const length = this.#length;
    return Array.from({ length }, (_, index) => (this.#oldest + index) % length);
  }

  #weightAt(at: number): number {
    return this.#numbers[at * numbersEach + 2] as number;
  }

  #write(at: number, { seq, atMs, source, event, weight, status, value, context }: EventEntry): void {
    const [numbers, things] = [this.#numbers, this.#things];
    let next = at * numbersEach;
    numbers[next] = atMs;
    numbers[++next] = seq;
    numbers[++next] = weight;
    numbers[++next] = 0;
    next = at * thingsEach;
    things[next] = event;
    things[++next] = source;
    things[++next] = status;
    things[++next] = value;
    things[++next] = context;
  }

  #leave(at: number): void {
    const things = this.#things;
    const first = at * thingsEach;
    const status = things[first + 2] as EventEntry["status"];
    if (status !== undefined) this.#before = { status, value: things[first + 3], context: things[first + 4] };
  }

  #read(at: number): RecordedEvent {
    const [atMs, seq, , repeats] = this.#numbers.slice(at * numbersEach, (at + 1) * numbersEach) as [
      number,
      number,
      number,
      number,
    ];
    const [event, source, status, value, context] = this.#things.slice(at * thingsEach, (at + 1) * thingsEach) as [
      AnyEventObject,
      EventEntry["source"],
      EventEntry["status"],
      unknown,
      unknown,
    ];
    return eventOf({ seq, atMs, source, event, status, value, context, repeats });
  }
}

/** An entry as it is shown. */
export function eventOf(entry: Omit<EventEntry, "weight"> & { readonly repeats?: number }): RecordedEvent {
  const { seq, atMs, source, event, status, value, context, repeats = 0 } = entry;
  return { seq, atMs, source, event, after: status === undefined ? undefined : { status, value, context }, repeats };
}
