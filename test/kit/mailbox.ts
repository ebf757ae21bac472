import { withDeadline } from "./with_deadline.ts";

/** What {@link Mailbox.next} waits for and for how long. */
export interface NextOptions {
  /** What is waited for, as the end of the sentence "waited for ..." (default: the mailbox's own words). */
  readonly what?: string;
  /** The bound in milliseconds (default 10,000). */
  readonly timeoutMs?: number;
}

/**
 * Keeps what arrives until a test asks for it, so that nothing is missed between two awaits.
 *
 * Every item is handed out once, oldest first; `seen` keeps all of them for messages of failure.
 */
export class Mailbox<T> {
  readonly #name: string;
  readonly #print: (item: T) => string;
  readonly #seen: T[] = [];
  #waiting: T[] = [];
  #closed: Error | undefined;
  #wake: (() => void)[] = [];

  /** `name` stands in messages of failure ("a message on channel chat"), `print` shortens an item for them. */
  constructor(name: string, print: (item: T) => string = (item) => JSON.stringify(item)) {
    this.#name = name;
    this.#print = print;
  }

  /** All that ever arrived. */
  get seen(): readonly T[] {
    return this.#seen;
  }

  /** Puts an item in. */
  push(item: T): void {
    this.#seen.push(item);
    this.#waiting.push(item);
    this.#notify();
  }

  /** Says that nothing will come any more: whoever waits fails now with `reason` and not at the end of the time. */
  close(reason: string): void {
    this.#closed ??= new Error(reason);
    this.#notify();
  }

  /**
   * The oldest item not handed out yet for which `matches` is true; items that do not match stay for later.
   *
   * @throws Error listing all that was seen when the time is over or the mailbox closes.
   */
  async next(matches: (item: T) => boolean = () => true, options: NextOptions = {}): Promise<T> {
    const { what = this.#name, timeoutMs = 10_000 } = options;
    const giveUpAt = performance.now() + timeoutMs;
    for (;;) {
      const index = this.#waiting.findIndex(matches);
      if (index >= 0) return this.#waiting.splice(index, 1)[0] as T;
      if (this.#closed !== undefined) {
        throw new Error(`Waited for ${what}: ${this.#closed.message}\n${this.transcript()}`);
      }
      await withDeadline(new Promise<void>((resolve) => this.#wake.push(resolve)), {
        what,
        timeoutMs: Math.max(0, giveUpAt - performance.now()),
        describe: () => this.transcript(),
      });
    }
  }

  /** Forgets what is waiting (not what was seen), so that the next `next` gets something new. */
  clear(): void {
    this.#waiting = [];
  }

  /** The last items seen, a line each. */
  transcript(): string {
    const lines = this.#seen.slice(-30).map((item) => `  ${this.#print(item)}`);
    return lines.length === 0 ? `  (nothing arrived: ${this.#name})` : lines.join("\n");
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const resolve of wake) resolve();
  }
}
