/** Packets that are remembered from the start. Ours: a second of one video of 2.5 Mbit/s and its audio. */
const initialCapacity = 512;
/** Most packets that are remembered. Ours: over a second at 60 Mbit/s; a power of 2 below 32,768, half of the numbers. */
export const maxSentPackets = 8_192;
/** Feedback on a packet is not waited for any longer, in milliseconds. Ours: libwebrtc tells every 50 to 250, and a path takes under 1,000. */
const forgetAfterMs = 2_000;

const empty = 0;
const sent = 1;
const reportedLost = 2;

/**
 * What was sent with which transport-wide sequence number (draft-holmer-rmcat-transport-wide-cc-extensions-01, 2), until
 * feedback tells of it. A ring that grows with the packets on their way; nothing is allocated for each packet.
 */
export class SentPacketLog {
  /** All bytes that were ever noted. */
  sentBytes = 0;
  #mask = initialCapacity - 1;
  #sendTimesMs = new Float64Array(initialCapacity);
  #sizes = new Uint16Array(initialCapacity);
  #sequenceNumbers = new Uint16Array(initialCapacity);
  #states = new Uint8Array(initialCapacity);

  /** How many packets fit now. */
  get capacity(): number {
    return this.#mask + 1;
  }

  /**
   * @param sequenceNumber of 16 bits, each one more than the one before
   * @param bytes of the packet, at most 65,535
   */
  noteSent(sequenceNumber: number, bytes: number, nowMs: number): void {
    let slot = sequenceNumber & this.#mask;
    if (this.#states[slot] === sent && this.#mask + 1 < maxSentPackets && this.#isAwaited(slot, nowMs)) {
      this.#grow();
      slot = sequenceNumber & this.#mask;
    }
    this.#sendTimesMs[slot] = nowMs;
    this.#sizes[slot] = bytes;
    this.#sequenceNumbers[slot] = sequenceNumber;
    this.#states[slot] = sent;
    this.sentBytes += bytes;
  }

  /** Where a packet stands that no feedback has confirmed yet; -1 for any other. Valid until the next `noteSent`. */
  find(sequenceNumber: number): number {
    const slot = sequenceNumber & this.#mask;
    return this.#sequenceNumbers[slot] === sequenceNumber && this.#states[slot] !== empty ? slot : -1;
  }

  /** Milliseconds, as given to `noteSent`. */
  sentAtMs(slot: number): number {
    return this.#sendTimesMs[slot] as number;
  }

  bytes(slot: number): number {
    return this.#sizes[slot] as number;
  }

  /** The packet arrived, and is forgotten. True if it had been reported as lost before. */
  acknowledge(slot: number): boolean {
    const wasLost = this.#states[slot] === reportedLost;
    this.#states[slot] = empty;
    return wasLost;
  }

  /** The packet was reported as lost; it may be confirmed yet. True the first time. */
  noteLost(slot: number): boolean {
    const isNews = this.#states[slot] === sent;
    this.#states[slot] = reportedLost;
    return isNews;
  }

  #isAwaited(slot: number, nowMs: number): boolean {
    return nowMs - (this.#sendTimesMs[slot] as number) < forgetAfterMs;
  }

  #grow(): void {
    const [sendTimesMs, sizes, sequenceNumbers, states] = [
      this.#sendTimesMs,
      this.#sizes,
      this.#sequenceNumbers,
      this.#states,
    ];
    const capacity = 2 * (this.#mask + 1);
    this.#mask = capacity - 1;
    this.#sendTimesMs = new Float64Array(capacity);
    this.#sizes = new Uint16Array(capacity);
    this.#sequenceNumbers = new Uint16Array(capacity);
    this.#states = new Uint8Array(capacity);
    for (let old = 0; old < states.length; old += 1) {
      const slot = (sequenceNumbers[old] as number) & this.#mask;
      this.#sendTimesMs[slot] = sendTimesMs[old] as number;
      this.#sizes[slot] = sizes[old] as number;
      this.#sequenceNumbers[slot] = sequenceNumbers[old] as number;
      this.#states[slot] = states[old] as number;
    }
  }
}
