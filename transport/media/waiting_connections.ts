import type { Socket } from "node:net";
import { plainAddress } from "./plain_address.ts";
import { remoteNetwork } from "./remote_network.ts";

export interface WaitingBounds {
  /** Connections that have not said whose they are. One more ends the oldest of the network that has the most of them. */
  readonly maxWaiting: number;
  /** The same of one network, an IPv4 address or a /64 of IPv6: one more ends its own oldest. Who wants to be heard says so at once. */
  readonly maxWaitingPerNetwork: number;
}

/** Connections that nobody has yet. Whoever opens many ends those of its own, and not those of others. */
export class WaitingConnections {
  readonly #bounds: WaitingBounds;
  readonly #networkOf = new Map<Socket, string>();
  /** Of each network, the oldest first. */
  readonly #ofNetwork = new Map<string, Set<Socket>>();

  constructor(bounds: WaitingBounds) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#networkOf.size;
  }

  /** Ends another one if it is one too many. */
  add(socket: Socket): void {
    const network = remoteNetwork(plainAddress(socket.remoteAddress ?? ""));
    const own = this.#ofNetwork.get(network) ?? new Set();
    if (own.size >= this.#bounds.maxWaitingPerNetwork) this.#endOldest(own);
    else if (this.size >= this.#bounds.maxWaiting) this.#endOldest(this.#largest());
    own.add(socket);
    this.#ofNetwork.set(network, own);
    this.#networkOf.set(socket, network);
  }

  /** It waits no more. May be called twice. */
  delete(socket: Socket): void {
    const network = this.#networkOf.get(socket);
    if (network === undefined) return;
    this.#networkOf.delete(socket);
    const own = this.#ofNetwork.get(network);
    own?.delete(socket);
    if (own?.size === 0) this.#ofNetwork.delete(network);
  }

  #endOldest(sockets: ReadonlySet<Socket>): void {
    const [oldest] = sockets;
    if (oldest === undefined) return;
    this.delete(oldest);
    oldest.destroy();
  }

  #largest(): ReadonlySet<Socket> {
    let largest: ReadonlySet<Socket> = new Set();
    for (const sockets of this.#ofNetwork.values()) if (sockets.size > largest.size) largest = sockets;
    return largest;
  }
}
