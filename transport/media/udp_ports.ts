/** A range of UDP ports, both ends included. */
export interface UdpPortRange {
  readonly min: number;
  readonly max: number;
}

/** Blocks that are looked at for one that no other program has a part of; 40 us for each of their ports. Ours. */
export const maxTriedBlocks = 100;

/**
 * Hands out the configured UDP ports, so many to each peer connection that every address of the machine gets one. werift looks
 * for free ports by trying them out one after the other: two connections would find the same one, and the last of a thousand
 * would try a thousand.
 */
export class UdpPorts {
  /** Free blocks, the one that was given back longest ago first: late packets for its last owner are past then. */
  readonly #free: UdpPortRange[] = [];
  readonly #isTaken: (port: number) => boolean;

  /** @param isTaken tells of a port that another program has, as one that was given any port of this system */
  constructor({ min, max }: UdpPortRange, portsPerPeer: number, isTaken: (port: number) => boolean) {
    this.#isTaken = isTaken;
    const size = Math.min(portsPerPeer, max - min + 1);
    for (let port = min; port + size - 1 <= max; port += size) this.#free.push({ min: port, max: port + size - 1 });
  }

  /** The ports for one more peer connection; undefined when all are in use, or the next {@link maxTriedBlocks} by other programs. */
  take(): UdpPortRange | undefined {
    for (let left = Math.min(this.#free.length, maxTriedBlocks); left > 0; left -= 1) {
      const block = this.#free.shift() as UdpPortRange;
      if (!this.#isPartTaken(block)) return block;
      this.#free.push(block);
    }
    return undefined;
  }

  giveBack(block: UdpPortRange): void {
    this.#free.push(block);
  }

  #isPartTaken({ min, max }: UdpPortRange): boolean {
    for (let port = min; port <= max; port += 1) if (this.#isTaken(port)) return true;
    return false;
  }
}
