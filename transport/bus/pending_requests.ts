import { type BusRequestOptions, busErrors } from "../../actors/bus.ts";

/** What timers are made with; a simulation brings its own. */
export interface BusClock {
  now(): number;
  setTimeout(call: () => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
}

interface Pending {
  readonly subject: string;
  readonly resolve: (payload: Uint8Array) => void;
  readonly reject: (error: unknown) => void;
}

/** The requests of one bus that wait for their answer, each under a token that its reply subject ends in. */
export class PendingRequests {
  readonly #clock: BusClock;
  readonly #pending = new Map<string, Pending>();
  #lastToken = 0;

  constructor(clock: BusClock) {
    this.#clock = clock;
  }

  /** Waits for an answer to what `send` sends, which is called at once; what it throws comes through. */
  open(subject: string, options: BusRequestOptions, send: (token: string) => void): Promise<Uint8Array> {
    const { timeoutMs, signal } = options;
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    const token = (++this.#lastToken).toString(36);
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    const timer = this.#clock.setTimeout(() => this.reject(token, busErrors.timeout(subject, timeoutMs)), timeoutMs);
    const abort = () => this.reject(token, signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    const end = () => {
      this.#pending.delete(token);
      this.#clock.clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    };
    this.#pending.set(token, {
      subject,
      resolve: (payload) => {
        end();
        resolve(payload);
      },
      reject: (error) => {
        end();
        reject(error);
      },
    });
    try {
      send(token);
    } catch (error) {
      this.reject(token, error);
    }
    return promise;
  }

  /** Later answers to the same request are nothing. */
  resolve(token: string, payload: Uint8Array): void {
    this.#pending.get(token)?.resolve(payload);
  }

  rejectUnanswered(token: string): void {
    const pending = this.#pending.get(token);
    pending?.reject(busErrors.noResponders(pending.subject));
  }

  reject(token: string, error: unknown): void {
    this.#pending.get(token)?.reject(error);
  }

  /** Ends all that wait, each by an error of its own. */
  rejectAll(makeError: (what: string) => Error): void {
    for (const pending of [...this.#pending.values()]) {
      pending.reject(makeError(`get an answer of ${JSON.stringify(pending.subject)}`));
    }
  }
}
