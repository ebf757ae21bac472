import type { LogFields, Logger } from "../../../actors/logger.ts";
import { SignalboxError } from "../../../protocol/signalbox_error.ts";

/** Lines of one kind are at least so far apart, in milliseconds: what cannot be read may come with every packet. Ours. */
export const faultIntervalMs = 10_000;

interface Kind {
  dueAtMs: number;
  untold: number;
}

/** Logs what goes wrong with a relayed track: messages that are refused, and the faults of whoever handles it. */
export class RelayFaultLog {
  readonly #log: Logger;
  readonly #fields: LogFields;
  readonly #kinds = new Map<boolean, Kind>();

  /** `fields` are beside every line. */
  constructor(log: Logger, fields: LogFields) {
    this.#log = log;
    this.#fields = fields;
  }

  /** Once in a while for each kind; a line has the number of those before it that were left out. */
  report(error: unknown, fields: LogFields = {}): void {
    const isRefused = error instanceof SignalboxError && error.code === "bad-message";
    const kind = this.#kinds.get(isRefused) ?? { dueAtMs: Number.NEGATIVE_INFINITY, untold: 0 };
    this.#kinds.set(isRefused, kind);
    const nowMs = performance.now();
    if (nowMs < kind.dueAtMs) {
      kind.untold += 1;
      return;
    }
    const line = { ...this.#fields, ...fields, error, untold: kind.untold };
    kind.dueAtMs = nowMs + faultIntervalMs;
    kind.untold = 0;
    if (isRefused) this.#log.warn("relay message refused", line);
    else this.#log.error("track relay failed", line);
  }
}
