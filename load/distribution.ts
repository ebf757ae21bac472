/** How far two neighboring buckets are apart: values are known to 2 %. */
const ratio = 1.02;
/** What is smaller counts as this. */
const smallest = 0.01;

/** A distribution on its way to another process. */
export interface DistributionData {
  readonly count: number;
  readonly max: number;
  /** How many values each bucket has, by its number. */
  readonly buckets: readonly (readonly [number, number])[];
}

/** What a report says of a distribution; undefined values mean that nothing was measured. */
export interface Summary {
  readonly count: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly max: number | null;
}

/**
 * Counts any number of measured values in little memory: in buckets that are 2 % wide, so that percentiles are known to 2 %. The
 * largest value is exact.
 */
export class Distribution {
  readonly #buckets = new Map<number, number>();
  #count = 0;
  #max = 0;

  /** Counts a value; what is below zero (two clocks that differ) counts as zero. */
  add(value: number): void {
    const bucket = Math.max(0, Math.ceil(Math.log(Math.max(value, smallest) / smallest) / Math.log(ratio)));
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + 1);
    this.#count += 1;
    this.#max = Math.max(this.#max, value);
  }

  /** Counts what another one has counted. */
  merge({ count, max, buckets }: DistributionData): void {
    for (const [bucket, values] of buckets) this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + values);
    this.#count += count;
    this.#max = Math.max(this.#max, max);
  }

  /** The smallest counted value that `share` (0 to 1) of all do not exceed (nearest rank); null when there is none. */
  percentile(share: number): number | null {
    let left = Math.max(1, Math.ceil(share * this.#count));
    for (const [bucket, values] of [...this.#buckets].sort(([one], [other]) => one - other)) {
      left -= values;
      if (left <= 0) return rounded(Math.min(this.#max, smallest * ratio ** bucket));
    }
    return null;
  }

  summary(): Summary {
    const max = this.#count === 0 ? null : rounded(this.#max);
    return { count: this.#count, p50: this.percentile(0.5), p95: this.percentile(0.95), max };
  }

  toJSON(): DistributionData {
    return { count: this.#count, max: this.#max, buckets: [...this.#buckets] };
  }
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
