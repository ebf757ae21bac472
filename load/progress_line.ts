import type { Progress } from "./load_message.ts";

/** How often there is a plain line where nothing can be overwritten. Ours. */
const plainIntervalMs = 5_000;

/** What a progress line is written to: `process.stdout`, or what a test reads. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Shows how far a run is: on one line that changes, where the output is a terminal, else by a plain line now and then. */
export class ProgressLine {
  readonly #output: ProgressOutput;
  #shownAtMs = Number.NEGATIVE_INFINITY;
  #before = { atMs: 0, sent: 0, received: 0 };

  constructor(output: ProgressOutput) {
    this.#output = output;
  }

  /** Shows it, if it is time to. `elapsedMs` counts from the start. */
  show(workers: readonly Progress[], members: number, elapsedMs: number): void {
    const isTerminal = this.#output.isTTY === true;
    if (!isTerminal && elapsedMs - this.#shownAtMs < plainIntervalMs) return;
    this.#shownAtMs = elapsedMs;
    const total = (of: (progress: Progress) => number) => workers.reduce((sum, progress) => sum + of(progress), 0);
    const [sent, received] = [total((each) => each.sent), total((each) => each.received)];
    const seconds = Math.max(0.001, (elapsedMs - this.#before.atMs) / 1_000);
    const rate = (now: number, before: number) => Math.round(Math.max(0, now - before) / seconds);
    const failed = total((each) => each.failed);
    const line =
      `${Math.round(elapsedMs / 1_000)} s: ${total((each) => each.joined)} of ${members} joined, ` +
      `${total((each) => each.connected)} with media${failed > 0 ? `, ${failed} failed` : ""}; ` +
      `${rate(sent, this.#before.sent)} packets/s sent, ${rate(received, this.#before.received)}/s received; ` +
      `CPU ${workers.map(({ cpu }) => Math.round(cpu)).join(", ")} %`;
    this.#before = { atMs: elapsedMs, sent, received };
    // Back to the beginning of the line, and away with what it said (ECMA-48, EL).
    this.#output.write(isTerminal ? `\r${line}\u001b[K` : `${line}\n`);
  }

  /** The line stays as it is, and what comes next begins a new one. */
  end(): void {
    if (this.#output.isTTY === true && Number.isFinite(this.#shownAtMs)) this.#output.write("\n");
  }
}
