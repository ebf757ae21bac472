import { describe, expect, it } from "vitest";
import { KeystreamSlots } from "../../../../transport/media/srtp/keystream_slots.ts";

class Stream {
  slot = -1;
  fill = 0;
  readonly #slots: KeystreamSlots;

  constructor(slots: KeystreamSlots) {
    this.#slots = slots;
  }

  claim(): void {
    this.slot = this.#slots.claim(this.slot, this.fill);
    this.fill = this.#slots.lastFill;
  }

  get holds(): boolean {
    return this.#slots.holds(this.slot, this.fill);
  }
}

function makeStreams(slots: KeystreamSlots, count: number): Stream[] {
  return Array.from({ length: count }, () => new Stream(slots));
}

describe("slots of keystream", () => {
  it("[SR8] are as many as the capacity, whatever number of streams wants one, and one stream has each", () => {
    const slots = new KeystreamSlots(8);
    const streams = makeStreams(slots, 100);
    for (let round = 0; round < 50; round++) {
      for (const stream of streams) {
        stream.claim();
        expect(stream.holds).toBe(true);
        const held = streams.filter(({ holds }) => holds).map(({ slot }) => slot);
        expect(new Set(held).size).toBe(held.length);
      }
    }
    expect(slots.used).toBe(8);
  });

  it("[SR8] stay with the streams that use them", () => {
    const slots = new KeystreamSlots(8);
    const streams = makeStreams(slots, 8);
    for (let round = 0; round < 300; round++) {
      for (const stream of streams) {
        expect(stream.holds).toBe(round > 0);
        stream.claim();
      }
    }
  });

  it("[SR8] go from streams that fell silent to new ones, before any more are used", () => {
    const slots = new KeystreamSlots(1_000);
    const silent = makeStreams(slots, 3);
    for (const stream of silent) stream.claim();
    for (let round = 0; round < 1_000; round++) {
      const [stream] = makeStreams(slots, 1);
      for (let packet = 0; packet < 300; packet++) stream?.claim();
    }
    expect(slots.used).toBeLessThan(20);
    expect(silent.some(({ holds }) => holds)).toBe(false);
  });
});
