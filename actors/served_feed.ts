import { encodeInspectionBatch, type InspectionWatch } from "../protocol/inspection.ts";
import { SignalboxError } from "../protocol/signalbox_error.ts";
import type { ClusterInspectionOptions } from "./cluster_inspection.ts";
import type { ConnectionWatch } from "./connection_watch.ts";
import { InspectionFeed } from "./inspection_feed.ts";

/** How often a node with nothing to tell asks whether there is still somebody. Ours. */
const idleMs = 5_000;
/** How long a watcher's node may take for a batch: it answers when the watcher has taken it. Ours. */
const answerMs = 30_000;
/** Characters of one batch; what a watcher takes in a moment. Ours. */
const maxBatchLength = 131_072;

/** A watcher's node answers a batch with one of these. */
export const batchAnswers = { more: Uint8Array.of(1), end: Uint8Array.of(0) } as const;

export interface ServedFeedOptions extends ClusterInspectionOptions {
  readonly connectionWatch: ConnectionWatch;
}

/** What a watcher at another node is shown of this one. */
export class ServedFeed {
  readonly #options: ServedFeedOptions;
  readonly #watch: InspectionWatch;
  readonly #feed: InspectionFeed;
  /** What did not fit into the last batch. */
  #kept: readonly string[] = [];
  #wake: (() => void) | undefined;
  #isStopped = false;

  constructor(options: ServedFeedOptions, watch: InspectionWatch) {
    this.#options = options;
    this.#watch = watch;
    const { recorder, messages, connectionWatch } = options;
    const { filter } = watch;
    this.#feed = new InspectionFeed({ recorder, messages, connectionWatch, filter, onReady: () => this.#wake?.() });
  }

  stop(): void {
    this.#isStopped = true;
    this.#wake?.();
  }

  /** Resolves when nobody watches any more, or when the watcher cannot be reached: whoever still watches asks again. */
  async serve(): Promise<void> {
    const { bus, subjects } = this.#options;
    const subject = subjects.node(this.#watch.origin, "inspect");
    try {
      while (!this.#isStopped) {
        const batch = this.#nextBatch();
        if (batch.length === 0 && (await this.#isWoken())) continue;
        const payload = encodeInspectionBatch(this.#watch.feed, batch);
        const answer = await bus.request(subject, payload, { timeoutMs: answerMs });
        if (answer[0] !== batchAnswers.more[0]) return;
      }
    } catch (error) {
      if (!(error instanceof SignalboxError)) throw error;
    } finally {
      this.#feed.close();
    }
  }

  #nextBatch(): readonly string[] {
    const { maxPayloadBytes } = this.#options.bus;
    const batch = [...this.#kept];
    this.#kept = [];
    let length = lengthOf(batch);
    for (let item = this.#feed.take(); item.length > 0; item = this.#feed.take()) {
      // What no bus takes is not shown; UTF-8 has up to three bytes for a character.
      const taken = item.filter((message) => 3 * message.length < maxPayloadBytes);
      length += lengthOf(taken);
      if (batch.length > 0 && length > maxBatchLength) {
        this.#kept = taken;
        break;
      }
      batch.push(...taken);
    }
    return batch;
  }

  /** Whether there is something before it is time to ask whether anybody is there. */
  async #isWoken(): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const stopWaiting = this.#options.after(idleMs, () => resolve(false));
    this.#wake = () => resolve(true);
    const isWoken = await promise;
    this.#wake = undefined;
    stopWaiting();
    return isWoken;
  }
}

function lengthOf(messages: readonly string[]): number {
  return messages.reduce((sum, { length }) => sum + length, 0);
}
