import { writeSync } from "node:fs";

/** What may wait in memory for a reader that does not read; more is dropped. Ours. */
const maxWaitingBytes = 16 * 1_048_576;
/** How long to wait until a full pipe is tried again. Ours. */
const retryMs = 10;
/** How long the end of the process may be held up by a full pipe. Ours. */
const maxExitDelayMs = 2_000;

/**
 * Writes lines to a file descriptor: at once while the reader keeps up, so that order and the end of the process are no
 * question; later when its pipe is full, so that a slow reader never holds up the event loop, as a blocking write would.
 */
export class StdoutWriter {
  readonly #fd: number;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #droppedLines = 0;
  #isBroken = false;

  /** `fd` must not block when it is a pipe; Node sees to that for 1 and 2 when `process.stdout` or `stderr` is looked at. */
  constructor(fd = 1) {
    this.#fd = fd;
    process.once("exit", () => this.#writeBeforeExit());
  }

  write(line: string): void {
    if (this.#isBroken) return;
    const bytes = Buffer.from(line);
    if (this.#waitingBytes + bytes.length > maxWaitingBytes) {
      this.#droppedLines++;
      return;
    }
    const wasWaiting = this.#waiting.length > 0;
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (!wasWaiting) this.#writeWaiting();
  }

  #writeWaiting(): void {
    if (!this.#writeWhatFits()) setTimeout(() => this.#writeWaiting(), retryMs).unref();
  }

  /** False when the pipe is full and something still waits. */
  #writeWhatFits(): boolean {
    while (this.#waiting.length > 0) {
      // One write for all that waits: a pipe takes many bytes in few writes.
      const bytes = this.#waiting.length === 1 ? this.#waiting[0] : Buffer.concat(this.#waiting);
      if (bytes === undefined) return true;
      const written = this.#tryWrite(bytes);
      this.#waitingBytes -= written;
      this.#waiting = written < bytes.length ? [bytes.subarray(written)] : [];
      if (this.#isBroken) this.#waiting = [];
      else if (written === 0) return false;
    }
    if (this.#droppedLines > 0 && !this.#isBroken) this.#reportDropped();
    return true;
  }

  #reportDropped(): void {
    const lines = this.#droppedLines;
    this.#droppedLines = 0;
    this.write(`${JSON.stringify({ level: "warn", time: new Date().toISOString(), event: "log.dropped", lines })}\n`);
  }

  #tryWrite(bytes: Buffer): number {
    try {
      return writeSync(this.#fd, bytes);
    } catch (error) {
      // Full is what we wait for. Anything else means that nobody reads any more, which is no reason to end a server.
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") this.#isBroken = true;
      return 0;
    }
  }

  #writeBeforeExit(): void {
    const pause = new Int32Array(new SharedArrayBuffer(4));
    for (let waitedMs = 0; waitedMs < maxExitDelayMs && !this.#writeWhatFits(); waitedMs += retryMs) {
      Atomics.wait(pause, 0, 0, retryMs);
    }
  }
}
