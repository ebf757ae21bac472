import type { IceProvider } from "../../actors/ports.ts";

/** A provider of credentials u1, u2 ... that answers at once, or fails while it is down. */
export class NumberedProvider implements IceProvider {
  readonly credentials = { lives: { minMs: 0, maxMs: 0 }, issue: "", list: "", disable: "", usage: "" };
  readonly labels: string[] = [];
  /** When each credential ends. */
  readonly endsAtMs = new Map<string, number>();
  isDown = false;
  /** Attempts. */
  asked = 0;
  readonly #options: { readonly now: () => number; readonly lifeMs: number };
  #count = 0;

  constructor(options: { readonly now: () => number; readonly lifeMs: number }) {
    this.#options = options;
  }

  async fetch() {
    const { now, lifeMs } = this.#options;
    this.asked += 1;
    if (this.isDown) throw new Error("down");
    const server = { urls: "turn:192.0.2.1", username: `u${++this.#count}`, credential: `hush${this.#count}` };
    this.endsAtMs.set(server.username, now() + lifeMs);
    return { iceServers: [server], expiresAtMs: now() + lifeMs, renewInMs: lifeMs };
  }

  async label(username: string, peerId: string): Promise<void> {
    if (this.isDown) throw new Error("down");
    this.labels.push(`${username}:${peerId}`);
  }
}
