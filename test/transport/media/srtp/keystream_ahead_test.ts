import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CounterKeystream } from "../../../../transport/media/srtp/counter_keystream.ts";
import { KeystreamAhead } from "../../../../transport/media/srtp/keystream_ahead.ts";
import { keystreamSlots } from "../../../../transport/media/srtp/keystream_slots.ts";
import { packetMemory, scratchAddress, slotCount } from "../../../../transport/media/srtp/packet_memory.ts";

const key = Buffer.from("000102030405060708090a0b0c0d0e0f", "hex");
const salt = Buffer.from("f0f1f2f3f4f5f6f7f8f9fafbfcfd", "hex");
function read(address: number, blocks: number): string {
  return packetMemory.toString("hex", address, address + 16 * blocks);
}

describe("keystream that is made ahead", () => {
  it("[SR7] is that of one packet at a time, whatever the order, the gaps and the lengths", () => {
    const keystream = new CounterKeystream(key, salt);
    // Mostly one after another, as packets come; sometimes late, lost or sent again.
    const step = fc.oneof(
      { weight: 12, arbitrary: fc.constant(1) },
      { weight: 1, arbitrary: fc.integer({ min: -80, max: 80 }) },
      { weight: 1, arbitrary: fc.integer({ min: 100, max: 70_000 }) },
    );
    const blocks = fc.oneof(
      { weight: 10, arbitrary: fc.integer({ min: 1, max: 8 }) },
      { weight: 1, arbitrary: fc.constantFrom(69, 70, 94, 1_280, 1_281, 4_096) },
    );
    const packets = fc.array(fc.tuple(step, blocks), { minLength: 1, maxLength: 150 });
    const first = fc.constantFrom(0, 3, 65_500, 5 * 65_536 - 20, 2 ** 32 - 40, 2 ** 40);
    fc.assert(
      fc.property(first, packets, fc.integer({ min: 0, max: 0xff_ff_ff_ff }), (from, steps, ssrc) => {
        const ahead = new KeystreamAhead(keystream, ssrc);
        const other = new KeystreamAhead(keystream, (ssrc ^ 1) >>> 0);
        let index = from;
        for (const [change, count] of steps) {
          other.take(index, count);
          const found = read(ahead.take(index, count), count);
          keystream.write(ssrc, index, 1, count, scratchAddress);
          expect(found).toBe(read(scratchAddress, count));
          index = Math.max(index + change, 0);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("[SR7] is right where the sequence number begins anew", () => {
    const keystream = new CounterKeystream(key, salt);
    const ahead = new KeystreamAhead(keystream, 0xff_ff_ff_ff);
    for (let index = 3 * 65_536 - 300; index < 3 * 65_536 + 300; index++) {
      const found = read(ahead.take(index, 5), 5);
      keystream.write(0xff_ff_ff_ff, index, 1, 5, scratchAddress);
      expect(found, `${index}`).toBe(read(scratchAddress, 5));
    }
  });

  it("[SR7] costs a call for many packets, of a stream whose packets come one after another", () => {
    const keystream = new CounterKeystream(key, salt);
    let calls = 0;
    const counting = Object.create(keystream, {
      write: {
        value: (...args: Parameters<CounterKeystream["write"]>) => {
          calls++;
          keystream.write(...args);
        },
      },
    }) as CounterKeystream;
    const audio = new KeystreamAhead(counting, 1);
    for (let index = 0; index < 6_400; index++) audio.take(index, 7);
    expect(calls).toBeLessThan(120);
    calls = 0;
    const video = new KeystreamAhead(counting, 2);
    for (let index = 0; index < 1_800; index++) video.take(index, 70);
    expect(calls).toBeLessThan(120);
    calls = 0;
    // A tenth is lost, and comes late.
    const lossy = new KeystreamAhead(counting, 3);
    for (let index = 0; index < 1_800; index++) {
      if (index % 10 !== 9) lossy.take(index, 70);
      if (index % 10 === 3 && index > 10) lossy.take(index - 4, 70);
    }
    expect(calls).toBeLessThan(600);
  });

  it("[SR8] is made anew by each of more streams than there are slots", () => {
    const keystream = new CounterKeystream(key, salt);
    const streams = Array.from({ length: slotCount + 40 }, (_, ssrc) => new KeystreamAhead(keystream, ssrc));
    for (let index = 0; index < 6; index++) {
      for (const [ssrc, stream] of streams.entries()) {
        const found = read(stream.take(index, 2), 2);
        keystream.write(ssrc, index, 1, 2, scratchAddress);
        expect(found).toBe(read(scratchAddress, 2));
      }
    }
    expect(keystreamSlots.used).toBe(slotCount);
  });
});
