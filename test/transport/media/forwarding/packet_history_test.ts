import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PacketHistory } from "../../../../transport/media/forwarding/packet_history.ts";
import { maxRtpPacketBytes } from "../../../../transport/media/rtp/rtp_packet.ts";

/** Puts a packet in, with its index as its content. */
function put(history: PacketHistory, index: number, nowMs = 0): boolean {
  const slot = history.slotFor(index, nowMs);
  if (slot === undefined) return false;
  slot.sequenceNumber = index;
  slot.receivedAtMs = nowMs;
  slot.bytes.writeDoubleBE(index, 0);
  return true;
}

function read(history: PacketHistory, index: number): number | undefined {
  return history.get(index)?.bytes.readDoubleBE(0);
}

describe("Packet history", () => {
  it("[RX20] hands packets out by their index, and only those that are there", () => {
    const history = new PacketHistory(16);
    for (const index of [65_530, 65_531, 65_533, 65_540]) put(history, index);
    expect([65_530, 65_531, 65_532, 65_533, 65_540].map((index) => read(history, index))).toEqual([
      65_530,
      65_531,
      undefined,
      65_533,
      65_540,
    ]);
    expect(history.get(65_530 - 16)).toBeUndefined();
    expect(history.get(65_530 + 16)).toBeUndefined();
    expect(history.get(-1)).toBeUndefined();
  });

  it("[RX22] tells whether it would grow, and does so only then", () => {
    const history = new PacketHistory(256);
    for (let index = 0; index < 64; index += 1) put(history, index, index);
    expect([history.wouldGrow(63, 500), history.wouldGrow(64, 500), history.wouldGrow(64, 1_000)]).toEqual([
      false,
      true,
      false,
    ]);
    history.slotFor(64, 1_000);
    expect(history.size).toBe(64);
    history.slotFor(64, 500);
    expect([history.size, history.wouldGrow(64, 500)]).toEqual([128, false]);
  });

  it("[RX20] keeps as many packets as it has slots, also of indexes of 48 bits", () => {
    for (const first of [0, 2 ** 31 - 20, 2 ** 32 - 20, 2 ** 48 - 60]) {
      const history = new PacketHistory(16);
      for (let index = first; index < first + 50; index += 1) expect(put(history, index)).toBe(true);
      for (let index = first; index < first + 34; index += 1) expect(history.get(index)).toBeUndefined();
      for (let index = first + 34; index < first + 50; index += 1) expect(read(history, index)).toBe(index);
    }
  });

  it("[RX21] takes no packet that is there, none that is older than what took its place, and none without an index", () => {
    const history = new PacketHistory(16);
    put(history, 100);
    expect(put(history, 100)).toBe(false);
    expect(put(history, 84)).toBe(false);
    expect(put(history, -1)).toBe(false);
    expect(read(history, 100)).toBe(100);
    expect(put(history, 99)).toBe(true);
  });

  it("[RX21] takes packets after a jump of any length", () => {
    const history = new PacketHistory(16);
    for (let index = 0; index < 20; index += 1) put(history, index);
    expect(put(history, 40_000)).toBe(true);
    expect(put(history, 39_990)).toBe(true);
    expect([read(history, 40_000), read(history, 39_990)]).toEqual([40_000, 39_990]);
  });

  it("[RX22] grows up to its capacity while packets would be pushed out within a second, and loses none of them", () => {
    const history = new PacketHistory(512);
    expect(history.size).toBe(64);
    for (let index = 0; index < 200; index += 1) put(history, index, index);
    expect(history.size).toBe(256);
    for (let index = 0; index < 200; index += 1) expect(read(history, index)).toBe(index);
    for (let index = 200; index < 2_000; index += 1) put(history, index, index);
    expect(history.size).toBe(512);
    for (let index = 1_488; index < 2_000; index += 1) expect(read(history, index)).toBe(index);
  });

  it("[RX22] stays small where a second fits it", () => {
    const history = new PacketHistory(512);
    for (let index = 0; index < 500; index += 1) put(history, index, index * 20);
    expect(history.size).toBe(64);
    for (let index = 500 - 64; index < 500; index += 1) expect(read(history, index)).toBe(index);
  });

  it("[RX22] keeps slots for a whole packet each, on multiples of 4, that do not overlap", () => {
    const history = new PacketHistory(64);
    const ends = new Map<ArrayBufferLike, number[]>();
    for (let index = 0; index < 64; index += 1) {
      const { bytes } = history.slotFor(index) ?? {};
      expect(bytes?.length).toBe(maxRtpPacketBytes);
      expect((bytes?.byteOffset ?? 1) % 4).toBe(0);
      if (bytes !== undefined) ends.set(bytes.buffer, [...(ends.get(bytes.buffer) ?? []), bytes.byteOffset]);
    }
    // Allocated a few at a time.
    expect([...ends.values()].map((offsets) => offsets.length)).toEqual([16, 16, 16, 16]);
    for (const offsets of ends.values()) expect(new Set(offsets.map((at) => at / maxRtpPacketBytes)).size).toBe(16);
  });

  it("[RX23] holds what it held when a slot that was asked for is not filled", () => {
    const history = new PacketHistory(64);
    for (let index = 0; index < 64; index += 1) put(history, index, index);
    const slot = history.slotFor(70, 5_000);
    expect(slot?.sequenceNumber).toBe(6);
    expect(read(history, 6)).toBe(6);
    expect(history.get(70)).toBeUndefined();
    // Also when it grew, with empty slots, for one that was never filled.
    const growing = new PacketHistory(256);
    for (let index = 0; index < 300; index += 1) {
      if (index % 3 === 0) growing.slotFor(index, index);
      else put(growing, index, index);
    }
    for (let index = 60; index < 300; index += 1)
      expect(read(growing, index)).toBe(index % 3 === 0 ? undefined : index);
  });

  it("[RX20] never hands out another packet than was asked for", () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: -80, max: 90 }), fc.nat(30), fc.boolean()), { maxLength: 300 });
    fc.assert(
      fc.property(steps, (moves) => {
        const history = new PacketHistory(256);
        let index = 1_000;
        let nowMs = 0;
        const seen = new Set<number>();
        for (const [move, waitMs, isFilled] of moves) {
          index = Math.max(index + move, 0);
          nowMs += waitMs;
          if (isFilled) {
            if (put(history, index, nowMs)) seen.add(index);
          } else history.slotFor(index, nowMs);
          for (let back = 0; back < 300; back += 7) {
            const found = read(history, index - back);
            if (found !== undefined) expect([found, seen.has(found)]).toEqual([index - back, true]);
          }
        }
        expect(history.size).toBeLessThanOrEqual(256);
      }),
      { numRuns: 50 },
    );
  });

  it("[RX22] has a capacity that is a power of two", () => {
    for (const capacity of [0, 3, 100, 131_072, -4]) expect(() => new PacketHistory(capacity)).toThrow(RangeError);
    expect(new PacketHistory(1).size).toBe(1);
  });
});
