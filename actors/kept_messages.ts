/** What waits for a client whose socket is gone: encoded messages, the oldest given up when they are too many. */
export class KeptMessages {
  readonly #maxBytes: number;
  readonly #texts: string[] = [];
  #bytes = 0;
  #lostCount = 0;
  #isHeld = false;

  /** @param maxBytes of all together, as characters of JSON */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** In the order in which they came. */
  get texts(): readonly string[] {
    return this.#texts;
  }

  /** How many were given up. */
  get lostCount(): number {
    return this.#lostCount;
  }

  /** There is a socket again: what comes first is what the client must know before it can take what was kept. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  hold(): void {
    this.#isHeld = true;
  }

  add(text: string): void {
    this.#texts.push(text);
    this.#bytes += text.length;
    while (this.#bytes > this.#maxBytes) {
      this.#bytes -= this.#texts.shift()?.length ?? 0;
      this.#lostCount += 1;
    }
  }
}
