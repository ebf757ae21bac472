import { type EventEntry, emptyEntry } from "./event_ring.ts";

/** What is sent to an actor that has ended is never handled. Far more than are on their way at the same time. Ours. */
const maxSent = 256;

/** Events of a system of actors that were sent and are not handled yet, in the order of sending. */
export class SentEvents {
  readonly #entries: EventEntry[] = [];
  /** Whom each of them goes to. */
  readonly #targets: unknown[] = [];
  /** Taken last, and mostly done with when the next one is added. */
  #free: EventEntry | undefined;

  /** One that goes to an actor, to be filled in. */
  add(target: unknown): EventEntry {
    const entry = this.#free ?? emptyEntry();
    this.#free = undefined;
    this.#entries.push(entry);
    this.#targets.push(target);
    if (this.#entries.length > maxSent) this.#remove(0);
    return entry;
  }

  /** One that is handled now, until the next one is added; undefined of what was not sent. Mostly it is the only one, or the first. */
  take(target: unknown, event: unknown): EventEntry | undefined {
    for (let at = 0; at < this.#entries.length; at += 1) {
      const entry = this.#entries[at];
      if (entry?.event !== event || this.#targets[at] !== target) continue;
      this.#remove(at);
      this.#free = entry;
      return entry;
    }
    return undefined;
  }

  #remove(at: number): void {
    if (at === 0) {
      // Without the list of what was removed that `splice` makes.
      this.#entries.shift();
      this.#targets.shift();
    } else {
      this.#entries.splice(at, 1);
      this.#targets.splice(at, 1);
    }
  }
}
