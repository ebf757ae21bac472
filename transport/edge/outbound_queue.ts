import type { EdgeLimits } from "./edge_limits.ts";

/** What a queue writes to: the sending half of an engine's WebSocket. */
export interface FrameSink {
  /** 1 sent, 0 kept by the engine until it can be sent, 2 dropped. */
  send(text: string): number;
  /** Bytes that the engine keeps in user space. */
  getBufferedAmount(): number;
}

/**
 * Keeps the frames of one socket in order while it reads slower than it is written to, within a bound.
 *
 * The engine buffers without asking and drops beyond its own limit: so it gets no more than `throttleBytes` and the one
 * frame that crossed them, and the rest waits here until the engine has drained.
 */
export class OutboundQueue {
  readonly #sink: FrameSink;
  readonly #limits: EdgeLimits;
  readonly #waiting: { readonly text: string; readonly bytes: number }[] = [];
  #head = 0;
  #waitingBytes = 0;
  #throttledSinceMs: number | undefined;

  constructor(sink: FrameSink, limits: EdgeLimits) {
    this.#sink = sink;
    this.#limits = limits;
  }

  /** When the socket last fell behind; undefined while it keeps up. Nothing waits then. */
  get throttledSinceMs(): number | undefined {
    return this.#throttledSinceMs;
  }

  /** Sends the frame or keeps it; false when it could be neither, after which the order is broken and the socket must go. */
  push(text: string, nowMs: number): boolean {
    if (this.#throttledSinceMs === undefined) {
      const isTaken = this.#sink.send(text) !== 2;
      this.#update(nowMs);
      return isTaken;
    }
    const bytes = Buffer.byteLength(text);
    if (this.#waitingBytes + bytes > this.#limits.maxQueuedBytes) return false;
    this.#waiting.push({ text, bytes });
    this.#waitingBytes += bytes;
    return true;
  }

  /** Sends on after the engine has drained; false as with `push`. */
  flush(nowMs: number): boolean {
    while (this.#sink.getBufferedAmount() <= this.#limits.throttleBytes) {
      const frame = this.#waiting[this.#head];
      if (frame === undefined) break;
      this.#head += 1;
      this.#waitingBytes -= frame.bytes;
      if (this.#sink.send(frame.text) === 2) return false;
    }
    this.#waiting.splice(0, this.#head);
    this.#head = 0;
    this.#update(nowMs);
    return true;
  }

  #update(nowMs: number): void {
    const isBehind = this.#waiting.length > 0 || this.#sink.getBufferedAmount() > this.#limits.throttleBytes;
    this.#throttledSinceMs = isBehind ? (this.#throttledSinceMs ?? nowMs) : undefined;
  }
}
