import type { BusLink } from "../../actors/bus.ts";

/** The link of a bus and who is told of its changes. */
export class LinkWatchers {
  readonly #listeners = new Set<(link: BusLink) => void>();
  readonly #reportFault: (error: unknown) => void;
  #link: BusLink;

  /** `reportFault` is told what a listener threw. */
  constructor(link: BusLink, reportFault: (error: unknown) => void) {
    this.#link = link;
    this.#reportFault = reportFault;
  }

  get link(): BusLink {
    return this.#link;
  }

  set(link: BusLink): void {
    if (link.state === this.#link.state && link.reason === this.#link.reason) return;
    this.#link = link;
    for (const listener of [...this.#listeners]) {
      try {
        listener(link);
      } catch (error) {
        this.#reportFault(error);
      }
    }
  }

  watch(listener: (link: BusLink) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
