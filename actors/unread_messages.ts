import type { Logger } from "./logger.ts";

/** Counts what came over the bus and could not be read, as of a node of another version; the 1st, 2nd, 4th ... is logged. */
export class UnreadMessages {
  readonly #log: Logger;
  #count = 0;
  #nextLogged = 1;

  constructor(log: Logger) {
    this.#log = log;
  }

  note(subject: string): void {
    this.#count += 1;
    if (this.#count < this.#nextLogged) return;
    this.#nextLogged *= 2;
    this.#log.warn("bus message not understood", { subject, count: this.#count });
  }
}
