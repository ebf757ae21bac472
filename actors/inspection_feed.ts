import type { InspectionFilter } from "../protocol/inspection.ts";
import type { ActorRecord } from "./actor_record.ts";
import type { ConnectionWatch } from "./connection_watch.ts";
import type { FlightRecorder } from "./flight_recorder.ts";
import type { InspectionMessages, RecordedItem } from "./inspection_messages.ts";

/** What waits for a watcher; what comes on top is lost, and counted. Ours. */
export const maxWaitingItems = 20_000;

/** What one watcher is to be shown, of one or of all nodes. */
export interface Feed {
  /** The next messages, as JSON; none when there is nothing at the moment. */
  take(): readonly string[];
  close(): void;
}

export interface InspectionFeedOptions {
  readonly recorder: FlightRecorder;
  readonly messages: InspectionMessages;
  readonly filter: InspectionFilter;
  /** There is something to take, after there was nothing. Called from within the actors' turn: it does nothing but to plan. */
  readonly onReady: () => void;
  readonly maxWaiting?: number;
  /** Has looked at the connections that are shown; without it, and with a filter that names neither peers nor rooms, nothing does. */
  readonly connectionWatch?: ConnectionWatch | undefined;
}

/** What is recorded on this node and fits a filter: what there is first, then what comes. Written when it is taken. */
export class InspectionFeed implements Feed {
  readonly #options: InspectionFeedOptions;
  readonly #stop: () => void;
  readonly #stopLooking: (() => void) | undefined;
  /** It is about somebody, not about all. */
  readonly #isNarrow: boolean;
  /** Of those that the watcher was told of, the ones that live and look after connectivity. */
  readonly #connections = new Set<ActorRecord>();
  /** Those that the watcher was told of. */
  readonly #shown = new WeakSet<ActorRecord>();
  readonly #kinds = new Set<string>();
  /** What came later is no history. */
  readonly #openedAtSeq: number;
  #waiting: RecordedItem[] = [];
  #next = 0;
  #lostCount = 0;

  constructor(options: InspectionFeedOptions) {
    this.#options = options;
    const { recorder, connectionWatch, filter } = options;
    this.#isNarrow = filter.peer.length > 0 || filter.room.length > 0;
    this.#openedAtSeq = recorder.seq;
    const past = recorder.records.filter((record) => this.#fits(record)).flatMap((record) => this.#pastOf(record));
    this.#waiting = past.toSorted((a, b) => seqOf(a) - seqOf(b));
    this.#stop = recorder.watch({ recorded: (record, event) => this.#recorded(record, event) });
    if (this.#isNarrow) this.#stopLooking = connectionWatch?.add(this);
  }

  /** The records of the connections that are shown and live. */
  get connections(): Iterable<ActorRecord> {
    for (const record of this.#connections) if (record.endedAtMs !== undefined) this.#connections.delete(record);
    return this.#connections;
  }

  take(): readonly string[] {
    const item = this.#waiting[this.#next];
    if (item === undefined) return [];
    this.#next += 1;
    if (this.#next === this.#waiting.length) {
      this.#waiting = [];
      this.#next = 0;
    }
    const { messages, filter } = this.#options;
    const isActor = item.event === undefined;
    const hasDefinition = isActor && (filter.definitions === "each" || !this.#kinds.has(item.record.kind));
    if (isActor) this.#kinds.add(item.record.kind);
    const [first, ...more] = messages.write(item, hasDefinition);
    const lost = this.#lostCount === 0 ? {} : { lost: this.#lostCount };
    this.#lostCount = 0;
    return [{ ...first, ...lost }, ...more].map((message) => JSON.stringify(message));
  }

  close(): void {
    this.#stop();
    this.#stopLooking?.();
    this.#waiting = [];
    this.#next = 0;
  }

  #recorded(record: ActorRecord, event: RecordedItem["event"]): void {
    if (this.#shown.has(record)) {
      if (event !== undefined) this.#push([this.#itemOf(record, event)]);
      return;
    }
    // Who it is about may not have been known before: it comes with its past.
    if (this.#fits(record)) this.#push(this.#pastOf(record));
  }

  #push(items: readonly RecordedItem[]): void {
    const wasEmpty = this.#next === this.#waiting.length;
    const room = (this.#options.maxWaiting ?? maxWaitingItems) - (this.#waiting.length - this.#next);
    this.#lostCount += Math.max(0, items.length - room);
    for (const item of items.slice(0, Math.max(0, room))) this.#waiting.push(item);
    if (wasEmpty) this.#options.onReady();
  }

  #pastOf(record: ActorRecord): RecordedItem[] {
    this.#shown.add(record);
    if (this.#isNarrow && record.kind === "connectivity") this.#connections.add(record);
    return [undefined, ...record.events].map((event) => this.#itemOf(record, event));
  }

  #itemOf(record: ActorRecord, event: RecordedItem["event"]): RecordedItem {
    return { record, event, isHistory: (event?.seq ?? record.seq) <= this.#openedAtSeq };
  }

  #fits(record: ActorRecord): boolean {
    const { messages, filter } = this.#options;
    return messages.fits(filter, record);
  }
}

function seqOf({ record, event }: RecordedItem): number {
  return event?.seq ?? record.seq;
}
