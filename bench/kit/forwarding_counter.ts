/** What one subscriber received. */
export interface Received {
  /** Packets of the stream, each once. */
  readonly packets: number;
  /** What is missing between the first and the last. */
  readonly lost: number;
  /** Packets that came again. */
  readonly repeated: number;
}

/** How far back a packet may come late or again. */
const window = 8_192;

/** Counts the RTP packets of one stream by their sequence numbers (RFC 3550, appendix A.1). */
export class SequenceCounter {
  readonly #seen = new Float64Array(window).fill(-1);
  #last = -1;
  #first = -1;
  #packets = 0;
  #repeated = 0;

  count(sequenceNumber: number): void {
    const last = this.#last;
    const index = last < 0 ? sequenceNumber + 0x10000 : last + (((sequenceNumber - last + 0x8000) & 0xffff) - 0x8000);
    const slot = index % window;
    if (this.#seen[slot] === index) {
      this.#repeated += 1;
      return;
    }
    this.#seen[slot] = index;
    this.#packets += 1;
    if (this.#first < 0) this.#first = index;
    if (index > last) this.#last = index;
  }

  /** What came since the last call. */
  take(): Received {
    const expected = this.#first < 0 ? 0 : this.#last - this.#first + 1;
    const received = { packets: this.#packets, lost: Math.max(0, expected - this.#packets), repeated: this.#repeated };
    this.#packets = 0;
    this.#repeated = 0;
    this.#first = this.#last < 0 ? -1 : this.#last + 1;
    return received;
  }
}
