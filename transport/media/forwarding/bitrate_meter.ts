/** A bucket's length in milliseconds, and how many full ones count: what is told is at most this much behind. Ours. */
const bucketMs = 125;
const bucketCount = 8;
/** One more than the codecs' usual three; what is above counts as the highest (VP9 has room for 8). Ours. */
const maxTemporalLayers = 4;
/** A full bucket's bytes as bit/s. */
const bitsPerSecond = 8_000 / bucketMs;
/** The full buckets, and the one that is being filled. */
const ringSize = bucketCount + 1;

/** Measures what came in about the last second, in all and up to each temporal layer. */
export class BitrateMeter {
  readonly #bytes = new Uint32Array(ringSize * maxTemporalLayers);
  /** The number of the bucket that is being filled, counted from the beginning of time, and of the first since the last pause. */
  #current = -1;
  #first = -1;
  #layerCount = 1;
  #totals: readonly number[] = [0];
  #totalsAt = -1;

  /** Counts a packet of a temporal layer, 0 the lowest. */
  add(bytes: number, temporalLayer: number, nowMs: number): void {
    const bucket = Math.floor(nowMs / bucketMs);
    if (bucket > this.#current) this.#advance(bucket);
    const layer = temporalLayer < maxTemporalLayers ? temporalLayer : maxTemporalLayers - 1;
    if (layer >= this.#layerCount) this.#layerCount = layer + 1;
    const cell = (this.#current % ringSize) * maxTemporalLayers + layer;
    this.#bytes[cell] = (this.#bytes[cell] as number) + bytes;
  }

  /** In bit/s; 0 when nothing came for as long. */
  total(nowMs: number): number {
    return this.totals(nowMs).at(-1) ?? 0;
  }

  /** In bit/s up to each temporal layer, the lowest first: an entry for each that came. The same array until there is something new. */
  totals(nowMs: number): readonly number[] {
    const bucket = Math.max(Math.floor(nowMs / bucketMs), this.#current);
    if (bucket === this.#totalsAt) return this.#totals;
    if (this.#current >= 0 && bucket > this.#current) this.#advance(bucket);
    this.#totalsAt = bucket;
    this.#totals = this.#sum();
    return this.#totals;
  }

  /** Begins a bucket; those that were skipped are empty. */
  #advance(bucket: number): void {
    if (this.#current < 0 || bucket - this.#current >= ringSize) {
      this.#bytes.fill(0);
      this.#first = bucket;
      this.#layerCount = 1;
    } else {
      for (let skipped = this.#current + 1; skipped <= bucket; skipped += 1) {
        const cell = (skipped % ringSize) * maxTemporalLayers;
        this.#bytes.fill(0, cell, cell + maxTemporalLayers);
      }
    }
    this.#current = bucket;
  }

  #sum(): number[] {
    const totals: number[] = [];
    if (this.#current < 0) return [0];
    // A stream that has just begun is not measured against time in which it was not there.
    const fullBuckets = Math.min(this.#current - this.#first, bucketCount);
    let bytes = 0;
    for (let layer = 0; layer < this.#layerCount; layer += 1) {
      for (let back = 1; back <= fullBuckets; back += 1) {
        bytes += this.#bytes[((this.#current - back) % ringSize) * maxTemporalLayers + layer] as number;
      }
      totals.push(fullBuckets === 0 ? 0 : Math.round((bytes * bitsPerSecond) / fullBuckets));
    }
    return totals;
  }
}
