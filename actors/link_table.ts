import { encodeSignallingFrame, type HeldFrame, maxHeldSockets } from "../protocol/signalling_frame.ts";
import type { Cluster } from "./cluster.ts";
import type { SignallingLink } from "./signalling_link.ts";

/** How often each end tells the other which links it holds. Ours: a loss that nothing else shows is noticed after so long. */
export const heldPeriodMs = 2_000;

export interface LinkTableOptions {
  readonly cluster: Cluster;
  /** Which end the others of these links are. */
  readonly end: "home" | "edge";
  /** Another node holds a link that is not here any more. */
  readonly onUnknown: (origin: string, socketId: string) => void;
}

/** Something that stands at an end of a link. */
export interface LinkOwner {
  readonly link: SignallingLink;
}

/**
 * All links of which this node is one end. They break when the other node is lost, and when this one is cut off from the bus; what only
 * one of the ends knows to be over is found out since both tell each other again and again which links they hold.
 */
export class LinkTable<T extends LinkOwner> {
  readonly #options: LinkTableOptions;
  readonly #owners = new Map<string, Map<string, T>>();
  readonly #ends: (() => void)[];

  constructor(options: LinkTableOptions) {
    this.#options = options;
    const { bus, nodes, every } = options.cluster;
    this.#ends = [
      nodes.watch({ lost: (origin) => this.#breakAll([origin], "node-lost") }),
      bus.watchLink(({ state }) => {
        if (state !== "connected") this.#breakAll([...this.#owners.keys()], "bus-cut-off");
      }),
      every(heldPeriodMs, () => this.#tellHeld()),
    ];
  }

  get(origin: string, socketId: string): T | undefined {
    return this.#owners.get(origin)?.get(socketId);
  }

  add(owner: T): void {
    const { origin, socketId } = owner.link;
    const same = this.#owners.get(origin);
    if (same === undefined) this.#owners.set(origin, new Map([[socketId, owner]]));
    else same.set(socketId, owner);
  }

  delete({ link: { origin, socketId } }: T): void {
    const same = this.#owners.get(origin);
    same?.delete(socketId);
    if (same?.size === 0) this.#owners.delete(origin);
  }

  /** Another node told which links it holds. */
  check({ from, sockets }: HeldFrame): void {
    for (const [socketId, sentCount] of sockets) {
      const owner = this.get(from, socketId);
      if (owner === undefined) this.#options.onUnknown(from, socketId);
      else owner.link.checkCount(sentCount);
    }
  }

  stop(): void {
    for (const end of this.#ends) end();
  }

  #breakAll(origins: readonly string[], why: "node-lost" | "bus-cut-off"): void {
    for (const origin of origins) {
      for (const { link } of [...(this.#owners.get(origin)?.values() ?? [])]) link.break(why);
    }
  }

  #tellHeld(): void {
    const { bus, subjects, nodes } = this.#options.cluster;
    for (const [origin, owners] of this.#owners) {
      const all = [...owners.values()].map(({ link }): [string, number] => [link.socketId, link.sentCount]);
      for (let start = 0; start < all.length; start += maxHeldSockets) {
        const sockets = all.slice(start, start + maxHeldSockets);
        const frame: HeldFrame = { v: 1, from: nodes.origin, type: "held", sockets };
        bus.publish(subjects.node(origin, this.#options.end), encodeSignallingFrame(frame));
      }
    }
  }
}
