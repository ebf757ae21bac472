import type { Departure } from "../machines/room_events.ts";

/** Of whom, and what is told to it. */
export type Removal = Pick<Departure, "message" | "isFault"> & { readonly peer: string };

/**
 * The members on other nodes that the program of this one put out. Their nodes do it: until they did, they are asked again, as a message may
 * be lost, or the member be on its way from a node that is gone to another one.
 */
export class RemoteRemovals {
  readonly #ask: (removal: Removal) => void;
  readonly #pending = new Map<string, Removal>();

  constructor(ask: (removal: Removal) => void) {
    this.#ask = ask;
  }

  add(removal: Removal): void {
    if (this.#pending.has(removal.peer)) return;
    this.#pending.set(removal.peer, removal);
    this.#ask(removal);
  }

  /** Another node has these members, some of them perhaps from one that is gone. */
  heardOf(peers: Readonly<Record<string, unknown>>): void {
    for (const removal of this.#pending.values()) if (removal.peer in peers) this.#ask(removal);
  }

  /** Time has passed. */
  repeat(): void {
    for (const removal of this.#pending.values()) this.#ask(removal);
  }

  /** A member is in the room no more, or on this node: returns what was wanted of it. */
  take(peer: string): Removal | undefined {
    const removal = this.#pending.get(peer);
    this.#pending.delete(peer);
    return removal;
  }
}
