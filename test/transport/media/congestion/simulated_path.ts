import { vi } from "vitest";
import { TransportFeedback } from "../../../../transport/media/transport_feedback.ts";

/** A path with a queue in front of its narrowest link. */
export interface PathOptions {
  /** In bit/s; may be changed. */
  capacity: number;
  /** One way, in milliseconds. */
  readonly delayMs?: number;
  /** Share of packets that get lost by chance. */
  loss?: number;
  /** Each packet is late by up to so many milliseconds more or less, in order all the same. */
  jitterMs?: number;
  /** What the queue holds, in milliseconds of the capacity; more is dropped. */
  readonly queueMs?: number;
  /** Whether the other side gives feedback. */
  readonly givesFeedback?: boolean;
}

interface PacketUnderWay {
  readonly arrivalMs: number;
  readonly sequenceNumber: number;
}

/** What `run` drives. */
export interface PathSender {
  /** Each millisecond: sends what there is to send. */
  tick(nowMs: number): void;
  receiveFeedback(packet: Buffer, nowMs: number): void;
}

/** The same numbers every time (a linear congruential generator). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * A path that packets are sent over in steps of a millisecond, with our own feedback writer on the other side, whose clock is
 * another. The caller has fake timers on.
 */
export class SimulatedPath {
  readonly options: PathOptions;
  nowMs = 1_000;
  /** Milliseconds that the packet that was sent last waits in the queue. */
  queuedMs = 0;
  readonly #random = createRandom(7);
  readonly #underWay: PacketUnderWay[] = [];
  readonly #feedback: { readonly packet: Buffer; readonly arrivalMs: number }[] = [];
  readonly #writer: TransportFeedback;
  #freeAtMs = 0;
  #lastArrivalMs = 0;
  #writerNowMs = 0;

  constructor(options: PathOptions) {
    this.options = options;
    this.#writer = new TransportFeedback({
      senderSsrc: 1,
      now: () => this.#writerNowMs + 987_654_321,
      send: (packet) => {
        this.#feedback.push({ packet, arrivalMs: this.nowMs + (options.delayMs ?? 20) });
      },
    });
  }

  send(sequenceNumber: number, bytes: number): void {
    const { capacity, delayMs = 20, loss = 0, jitterMs = 0, queueMs = 500 } = this.options;
    this.queuedMs = Math.max(0, this.#freeAtMs - this.nowMs);
    if (this.queuedMs > queueMs) return;
    this.#freeAtMs = Math.max(this.#freeAtMs, this.nowMs) + (bytes * 8_000) / capacity;
    if (this.#random() < loss) return;
    const jitter = jitterMs === 0 ? 0 : jitterMs + (2 * this.#random() - 1) * jitterMs;
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, this.#freeAtMs + delayMs + jitter);
    this.#underWay.push({ arrivalMs: this.#lastArrivalMs, sequenceNumber });
  }

  run(sender: PathSender, durationMs: number): void {
    for (const endMs = this.nowMs + durationMs; this.nowMs < endMs; ) {
      this.nowMs += 1;
      while ((this.#underWay[0]?.arrivalMs ?? Number.POSITIVE_INFINITY) <= this.nowMs) {
        const { arrivalMs, sequenceNumber } = this.#underWay.shift() ?? { arrivalMs: 0, sequenceNumber: 0 };
        this.#writerNowMs = arrivalMs;
        if (this.options.givesFeedback !== false) this.#writer.receive(sequenceNumber, 9);
      }
      this.#writerNowMs = this.nowMs;
      vi.advanceTimersByTime(1);
      while ((this.#feedback[0]?.arrivalMs ?? Number.POSITIVE_INFINITY) <= this.nowMs) {
        const packet = this.#feedback.shift()?.packet;
        if (packet !== undefined) sender.receiveFeedback(packet, this.nowMs);
      }
      sender.tick(this.nowMs);
    }
  }

  close(): void {
    this.#writer.close();
  }
}
