/** What waits for a client whose socket is gone: encoded messages, the oldest given up when they are too many. */
export class KeptMessages {
  readonly #maxBytes: number;
  readonly #texts: string[] = [];
  /** How many at the beginning were given up. */
  #lostHere = 0;
  #bytes = 0;
  #lostCount = 0;
  #isHeld = false;

  /** @param maxBytes of all together, as characters of JSON */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** In the order in which they came. */
  get texts(): readonly string[] {
    return this.#texts.slice(this.#lostHere);
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
      this.#bytes -= this.#texts[this.#lostHere]?.length ?? 0;
      this.#texts[this.#lostHere] = "";
      this.#lostHere += 1;
      this.#lostCount += 1;
    }
    // Now and then: to move all that is kept for each that is given up would take the longer the more there is.
    if (this.#lostHere * 2 > this.#texts.length) {
      this.#texts.splice(0, this.#lostHere);
      this.#lostHere = 0;
    }
  }
}
