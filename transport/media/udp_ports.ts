/** A range of UDP ports, both ends included. */
export interface UdpPortRange {
  readonly min: number;
  readonly max: number;
}

/**
 * Hands out the configured UDP ports, so many to each peer connection that every address of the machine gets one. werift looks
 * for free ports by trying them out one after the other: two connections would find the same one, and the last of a thousand
 * would try a thousand.
 */
export class UdpPorts {
  /** Free blocks, the one that was given back longest ago first: late packets for its last owner are past then. */
  readonly #free: UdpPortRange[] = [];

  constructor({ min, max }: UdpPortRange, portsPerPeer: number) {
    const size = Math.min(portsPerPeer, max - min + 1);
    for (let port = min; port + size - 1 <= max; port += size) this.#free.push({ min: port, max: port + size - 1 });
  }

  /** The ports for one more peer connection; undefined when all are in use. */
  take(): UdpPortRange | undefined {
    return this.#free.shift();
  }

  giveBack(block: UdpPortRange): void {
    this.#free.push(block);
  }
}
