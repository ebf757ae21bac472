/** One ping: how long it took, or null where it was lost. */
export type Ping = number | null;

const everyMs = 500;
const lostAfterMs = 3_000;
const kept = 60;

/** Measures the round-trip time over a data channel: small numbered messages, each of which comes back. */
export class RoundTrip {
  readonly #channel: RTCDataChannel;
  readonly #changed: (pings: readonly Ping[], hasReturned: boolean) => void;
  readonly #sentAtMs = new Map<number, number>();
  #pings: readonly Ping[] = [];
  #number = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** Begins when the channel opens and ends when it closes; `changed` hears of every ping that came back or was lost. */
  constructor(channel: RTCDataChannel, changed: (pings: readonly Ping[], hasReturned: boolean) => void) {
    this.#channel = channel;
    this.#changed = changed;
    channel.addEventListener("open", () => {
      this.#timer = setInterval(() => this.#send(), everyMs);
      this.#send();
    });
    channel.addEventListener("message", (event) => this.#receive(event.data, performance.now()));
    channel.addEventListener("close", () => this.stop());
  }

  /** Sends no more; what was measured stays. */
  stop(): void {
    clearInterval(this.#timer);
  }

  #send(): void {
    const nowMs = performance.now();
    for (const [number, sentAtMs] of this.#sentAtMs) {
      if (nowMs - sentAtMs < lostAfterMs) continue;
      this.#sentAtMs.delete(number);
      this.#keep(null);
    }
    if (this.#channel.readyState !== "open") return;
    this.#number += 1;
    this.#sentAtMs.set(this.#number, nowMs);
    this.#channel.send(`ping ${this.#number}`);
  }

  #receive(data: unknown, nowMs: number): void {
    const number = typeof data === "string" ? Number(data.replace("ping ", "")) : Number.NaN;
    const sentAtMs = this.#sentAtMs.get(number);
    if (sentAtMs === undefined) return;
    this.#sentAtMs.delete(number);
    this.#keep(nowMs - sentAtMs);
  }

  #keep(ping: Ping): void {
    this.#pings = [...this.#pings, ping].slice(-kept);
    this.#changed(this.#pings, ping !== null);
  }
}

/** What a row of pings comes to; null where none came back. */
export function summarize(pings: readonly Ping[]): { median: number; largest: number; lost: number } | null {
  const returned = pings.filter((ping) => ping !== null).sort((a, b) => a - b);
  const median = returned[Math.floor(returned.length / 2)];
  const largest = returned.at(-1);
  if (median === undefined || largest === undefined) return null;
  return { median, largest, lost: pings.length - returned.length };
}
