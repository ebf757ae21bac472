/** How long the other nodes have to say what they know of a room, in milliseconds. Ours. */
const inquiryTimeoutMs = 1_000;
/** When they are asked once more, as the question or an answer may have been lost. Ours. */
const repeatMs = 400;

export interface RoomInquiryOptions {
  /** The nodes that are known of, by their starts; none while the bus is not reached. */
  readonly others: () => readonly string[];
  /** Asks all nodes for their parts of the room, also for those of others that they know when it `isSeeking`. */
  readonly ask: (how: { readonly isSeeking?: boolean }) => void;
  /** Calls something once, unless what it returns is called before. */
  readonly after: (delayMs: number, call: () => void) => () => void;
}

interface Pending {
  readonly isSeeking: boolean;
  /** Those that did not answer yet. */
  readonly awaited: Set<string>;
  readonly stopWaiting: () => void;
  readonly done: PromiseWithResolvers<void>;
}

/**
 * What all nodes are asked about a room, one question at a time, and once more while one has not answered; whoever does not answer in time
 * will be heard of later.
 */
export class RoomInquiry {
  readonly #options: RoomInquiryOptions;
  #pending: Pending | undefined;

  constructor(options: RoomInquiryOptions) {
    this.#options = options;
  }

  /** Resolves when all have answered, or had their time to; undefined while nothing is asked. */
  get done(): Promise<void> | undefined {
    return this.#pending?.done.promise;
  }

  start(how: { readonly isSeeking?: boolean } = {}): void {
    const { others, ask, after } = this.#options;
    ask(how);
    const awaited = new Set(others());
    if (awaited.size === 0) return;
    const stops = [after(repeatMs, () => ask(how)), after(inquiryTimeoutMs, () => this.end())];
    const stopWaiting = () => {
      for (const stop of stops) stop();
    };
    this.#pending = { isSeeking: how.isSeeking === true, awaited, stopWaiting, done: Promise.withResolvers() };
  }

  /** Resolves when all were asked for what they know of others, too; several who want to know it at a time ask once. */
  async seek(): Promise<void> {
    while (this.#pending?.isSeeking === false) await this.#pending.done.promise;
    if (this.#pending === undefined) this.start({ isSeeking: true });
    await this.done;
  }

  answered(node: string): void {
    this.#pending?.awaited.delete(node);
    if (this.#pending?.awaited.size === 0) this.end();
  }

  end(): void {
    this.#pending?.stopWaiting();
    this.#pending?.done.resolve();
    this.#pending = undefined;
  }
}
