import { NatsBus } from "../../transport/bus/nats_bus.ts";

/** What left in one turn of the event loop: the lengths of its messages. */
interface NotedTurn {
  readonly atMs: number;
  readonly lengths: number[];
}

/** Far from subjects that anybody else listens to. */
const bareSubject = "bench.bare";

/** A bus that notes what is published, and publishes as much again at the same times, for nobody to do anything with. */
export class NotingBus extends NatsBus {
  #turns: NotedTurn[] = [];
  #isNoting = false;

  override publish(subject: string, payload: Uint8Array): void {
    if (this.#isNoting) this.#note(payload.length);
    super.publish(subject, payload);
  }

  /** Forgets what it noted, and notes anew. */
  startNoting(): void {
    this.#turns = [];
    this.#isNoting = true;
  }

  stopNoting(): void {
    this.#isNoting = false;
  }

  /** What was noted, again: as many messages of the same lengths, as many in a turn. */
  async publishAgain(): Promise<void> {
    const bytes = new Uint8Array(Math.max(0, ...this.#turns.flatMap(({ lengths }) => lengths)));
    const startedAtMs = performance.now();
    const firstAtMs = this.#turns[0]?.atMs ?? 0;
    for (const { atMs, lengths } of this.#turns) {
      const waitMs = startedAtMs + atMs - firstAtMs - performance.now();
      // Of less than half a millisecond a timer makes a whole one.
      if (waitMs > 0.5) await new Promise((resolve) => setTimeout(resolve, waitMs));
      for (const length of lengths) super.publish(bareSubject, bytes.subarray(0, length));
    }
  }

  /** Takes in what is published again. */
  takeIn(): void {
    this.subscribe(bareSubject, () => undefined);
  }

  #note(length: number): void {
    const turn = this.#turns.at(-1);
    const nowMs = performance.now();
    if (turn !== undefined && nowMs - turn.atMs < 0.5) turn.lengths.push(length);
    else this.#turns.push({ atMs: nowMs, lengths: [length] });
  }
}
