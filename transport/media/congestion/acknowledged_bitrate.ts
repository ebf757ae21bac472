/** The time that the rate is taken over, in milliseconds (draft-ietf-rmcat-gcc-02, 5.5: 500). */
const windowMs = 500;
const binMs = 50;
const binCount = windowMs / binMs;
/** A rate over less time says nothing, in milliseconds. Ours. */
const minSpanMs = 200;

/** How much arrives on the other side, by its own times of arrival (draft-ietf-rmcat-gcc-02, 5.5). */
export class AcknowledgedBitrate {
  readonly #bins = new Float64Array(binCount);
  /** The number of the newest bin since the epoch of the arrival times; -1 before the first packet. */
  #newestBin = -1;
  #bytes = 0;
  #firstMs = 0;
  #lastMs = 0;

  add(arrivalMs: number, bytes: number): void {
    const bin = Math.floor(arrivalMs / binMs);
    if (bin > this.#newestBin) this.#advance(bin, arrivalMs);
    // One that arrived out of order counts as the newest; one from another time begins anew.
    else if (bin < this.#newestBin - binCount) this.#restart(bin, arrivalMs);
    if (arrivalMs > this.#lastMs) this.#lastMs = arrivalMs;
    const index = this.#newestBin % binCount;
    this.#bins[index] = (this.#bins[index] as number) + bytes;
    this.#bytes += bytes;
  }

  /** In bit/s over the last half second in which anything arrived; undefined while too little did. */
  get bitrate(): number | undefined {
    const spanMs = this.#lastMs - Math.max(this.#firstMs, (this.#newestBin - binCount + 1) * binMs);
    return spanMs < minSpanMs ? undefined : (this.#bytes * 8_000) / spanMs;
  }

  #advance(bin: number, arrivalMs: number): void {
    if (bin >= this.#newestBin + binCount || this.#newestBin < 0) {
      this.#restart(bin, arrivalMs);
      return;
    }
    while (this.#newestBin < bin) {
      this.#newestBin += 1;
      const index = this.#newestBin % binCount;
      this.#bytes -= this.#bins[index] as number;
      this.#bins[index] = 0;
    }
  }

  #restart(bin: number, arrivalMs: number): void {
    this.#bins.fill(0);
    this.#bytes = 0;
    this.#newestBin = bin;
    this.#firstMs = arrivalMs;
    this.#lastMs = arrivalMs;
  }
}
