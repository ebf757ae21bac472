/** Messages that wait for a frame, or while the page stands still; what comes on top is lost, and counted. Ours. */
export const maxWaiting = 200_000;
/** Of a frame of 16 ms, so that the page can be used while much comes at once. Ours. */
const budgetMs = 7;
/** How often messages are taken while nobody sees the page, when there are no frames. Ours. */
const hiddenPauseMs = 250;

export interface IntakeOptions {
  readonly take: (text: string) => void;
  /** Some were taken. */
  readonly onBatch: () => void;
  /** Calls back in the next frame. */
  readonly nextFrame: (callback: () => void) => void;
  readonly now: () => number;
  readonly maxWaiting?: number;
}

/** Takes messages in batches, one in a frame, each no longer than the frame has room for. */
export class Intake {
  readonly #options: IntakeOptions;
  #waiting: string[] = [];
  #next = 0;
  #isPlanned = false;
  #isPaused = false;
  /** Messages that there was no room for. */
  lost = 0;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  get waitingCount(): number {
    return this.#waiting.length - this.#next;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  push(text: string): void {
    if (this.waitingCount >= (this.#options.maxWaiting ?? maxWaiting)) this.lost += 1;
    else this.#waiting.push(text);
    this.#plan();
  }

  /** What comes waits until `resume`. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#plan();
  }

  /** Forgets what waits. */
  clear(): void {
    this.#waiting = [];
    this.#next = 0;
  }

  #plan(): void {
    if (this.#isPlanned || this.#isPaused || this.waitingCount === 0) return;
    this.#isPlanned = true;
    this.#options.nextFrame(() => {
      this.#isPlanned = false;
      this.#run();
    });
  }

  #run(): void {
    const { take, onBatch, now } = this.#options;
    const startedAt = now();
    while (!this.#isPaused && this.#next < this.#waiting.length) {
      const text = this.#waiting[this.#next] ?? "";
      this.#next += 1;
      take(text);
      // The clock is dearer than most messages.
      if (this.#next % 8 === 0 && now() - startedAt > budgetMs) break;
    }
    if (this.#next === this.#waiting.length) this.clear();
    else if (this.#next > 10_000) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
    onBatch();
    this.#plan();
  }
}

/** A frame of the browser; while the page is hidden, now and then. */
export function nextFrame(callback: () => void): void {
  if (document.hidden) setTimeout(callback, hiddenPauseMs);
  else requestAnimationFrame(callback);
}
