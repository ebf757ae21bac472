import {
  encodeInspectionWatch,
  type InspectionFilter,
  parseInspectionBatch,
  parseInspectionWatch,
} from "../protocol/inspection.ts";
import type { Subjects } from "../protocol/subjects.ts";
import type { ActorRecord } from "./actor_record.ts";
import type { Bus, BusSubscription } from "./bus.ts";
import { ConnectionWatch } from "./connection_watch.ts";
import type { FlightRecorder } from "./flight_recorder.ts";
import { type Feed, InspectionFeed } from "./inspection_feed.ts";
import type { InspectionMessages } from "./inspection_messages.ts";
import type { Logger } from "./logger.ts";
import { batchAnswers, ServedFeed } from "./served_feed.ts";

/** How often it is said that somebody watches, for nodes that come later. Ours. */
const watchMs = 2_000;
/** Watchers of other nodes, at the same time. Ours. */
const maxFeeds = 64;

export interface ClusterInspectionOptions {
  readonly recorder: FlightRecorder;
  readonly messages: InspectionMessages;
  readonly bus: Bus;
  readonly subjects: Subjects;
  /** This start of this node. */
  readonly origin: string;
  readonly nodeId: string;
  /** Has recorded what the transport is like that a record of this node is about. */
  readonly observe: (record: ActorRecord) => void;
  readonly every: (periodMs: number, call: () => void) => () => void;
  readonly after: (delayMs: number, call: () => void) => () => void;
  readonly log: Logger;
}

/** What another node sent, until the watcher has taken it. */
interface Batch {
  readonly messages: readonly string[];
  readonly reply: string;
  next: number;
}

/** A watcher of this node. */
interface Watched {
  readonly batches: Batch[];
  readonly onReady: () => void;
}

/**
 * Shows what all nodes of the cluster record. A watcher's node asks the others, and each sends batches, the next one when the watcher has
 * taken the last: what a slow one does not take waits, and is lost and counted, where it was recorded. Nothing is sent while nobody watches.
 */
export class ClusterInspection {
  readonly #options: ClusterInspectionOptions;
  readonly #connectionWatch: ConnectionWatch;
  readonly #watched = new Map<string, Watched>();
  readonly #served = new Map<string, ServedFeed>();
  readonly #subscriptions: readonly BusSubscription[];

  constructor(options: ClusterInspectionOptions) {
    this.#options = options;
    this.#connectionWatch = new ConnectionWatch(options);
    const { bus, subjects, origin } = options;
    this.#subscriptions = [
      bus.subscribe(subjects.cluster("inspect"), (payload) => this.#asked(payload)),
      bus.subscribe(subjects.node(origin, "inspect"), (payload, _, reply) => this.#told(payload, reply)),
    ];
  }

  /** Watchers of this node, and those of other nodes that are served here. */
  get counts(): { readonly watchers: number; readonly served: number } {
    return { watchers: this.#watched.size, served: this.#served.size };
  }

  /** Somebody watches at this node. */
  open(filter: InspectionFilter, onReady: () => void): Feed {
    const { recorder, messages, bus, subjects, origin, every } = this.#options;
    const feed = crypto.randomUUID();
    const watched: Watched = { batches: [], onReady };
    this.#watched.set(feed, watched);
    const local = new InspectionFeed({
      recorder,
      messages,
      connectionWatch: this.#connectionWatch,
      filter,
      onReady,
    });
    const ask = (): void => bus.publish(subjects.cluster("inspect"), encodeInspectionWatch({ feed, origin, filter }));
    ask();
    const stopAsking = every(watchMs, ask);
    let isLocalNext = true;
    return {
      take: () => {
        isLocalNext = !isLocalNext;
        const first = isLocalNext ? this.#takeRemote(watched) : local.take();
        if (first.length > 0) return first;
        return isLocalNext ? local.take() : this.#takeRemote(watched);
      },
      close: () => {
        stopAsking();
        local.close();
        this.#watched.delete(feed);
        for (const { reply } of watched.batches) bus.respond(reply, batchAnswers.end);
      },
    };
  }

  stop(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    for (const served of this.#served.values()) served.stop();
  }

  #takeRemote({ batches }: Watched): readonly string[] {
    const batch = batches[0];
    const message = batch?.messages[batch.next];
    if (batch === undefined || message === undefined) return [];
    batch.next += 1;
    if (batch.next === batch.messages.length) {
      batches.shift();
      this.#options.bus.respond(batch.reply, batchAnswers.more);
    }
    return [message];
  }

  /** Another node sent what a watcher of this one is to see. */
  #told(payload: Uint8Array, reply: string): void {
    const batch = parseInspectionBatch(payload);
    const watched = batch === undefined ? undefined : this.#watched.get(batch.feed);
    if (batch === undefined || watched === undefined) this.#options.bus.respond(reply, batchAnswers.end);
    else if (batch.messages.length === 0) this.#options.bus.respond(reply, batchAnswers.more);
    else {
      watched.batches.push({ messages: batch.messages, reply, next: 0 });
      watched.onReady();
    }
  }

  /** Somebody watches at another node. */
  #asked(payload: Uint8Array): void {
    const watch = parseInspectionWatch(payload);
    const { nodeId, log } = this.#options;
    if (watch === undefined || this.#served.has(watch.feed)) return;
    if (watch.filter.node.length > 0 && !watch.filter.node.includes(nodeId)) return;
    if (this.#served.size >= maxFeeds) {
      log.warn("watcher not served", { served: this.#served.size, limit: maxFeeds });
      return;
    }
    const served = new ServedFeed({ ...this.#options, connectionWatch: this.#connectionWatch }, watch);
    this.#served.set(watch.feed, served);
    void served
      .serve()
      .catch((error) => log.error("inspection failed", { error }))
      .finally(() => this.#served.delete(watch.feed));
  }
}
