/** What nobody was found by. */
export type Unknown = "fragment" | "transaction" | "address";
export type DroppedCounts = Readonly<Record<Unknown, number>>;

/** Counts datagrams that were for nobody: what is late for those that are gone, and the noise that every public port hears. */
export class DroppedDatagrams {
  readonly #counts: Record<Unknown, number> = { fragment: 0, transaction: 0, address: 0 };
  readonly #tell: (counts: DroppedCounts) => void;
  #total = 0;

  /** @param tell is called with the 1st, 2nd, 4th, 8th ...: whoever sends them does not fill the log */
  constructor(tell: (counts: DroppedCounts) => void) {
    this.#tell = tell;
  }

  get counts(): DroppedCounts {
    return { ...this.#counts };
  }

  add(unknown: Unknown): void {
    this.#counts[unknown] += 1;
    this.#total += 1;
    if (Number.isInteger(Math.log2(this.#total))) this.#tell(this.counts);
  }
}
