import { describe, expect, it } from "vitest";
import { maxSentPackets, SentPacketLog } from "../../../../transport/media/congestion/sent_packet_log.ts";

describe("SentPacketLog", () => {
  it("[BW1] remembers when and how large each packet was until it is confirmed, past the wrap of the numbers", () => {
    const log = new SentPacketLog();
    for (let index = 0; index < 400; index += 1)
      log.noteSent((65_400 + index) & 0xffff, 100 + index, 1_000 + index / 4);
    for (let index = 0; index < 400; index += 1) {
      const slot = log.find((65_400 + index) & 0xffff);
      expect([log.sentAtMs(slot), log.bytes(slot)]).toEqual([1_000 + index / 4, 100 + index]);
      expect(log.acknowledge(slot)).toBe(false);
      expect(log.find((65_400 + index) & 0xffff)).toBe(-1);
    }
    expect(log.find(3_000)).toBe(-1);
    expect(log.sentBytes).toBe(400 * 100 + (399 * 400) / 2);
  });

  it("[BW1] counts a packet as lost once, and hears of it yet when it comes late", () => {
    const log = new SentPacketLog();
    log.noteSent(7, 100, 0);
    const slot = log.find(7);
    expect([log.noteLost(slot), log.noteLost(slot), log.find(7), log.acknowledge(slot)]).toEqual([
      true,
      false,
      slot,
      true,
    ]);
  });

  it("[BW2] grows with the packets on their way, up to its limit", () => {
    const log = new SentPacketLog();
    const initial = log.capacity;
    for (let index = 0; index < 2 * initial; index += 1) log.noteSent(index, 100, 1_000 + index / 10);
    expect(log.capacity).toBe(2 * initial);
    expect(log.find(0)).toBe(0);
    for (let index = 2 * initial; index < 65_536; index += 1) log.noteSent(index, 100, 1_200);
    expect(log.capacity).toBe(maxSentPackets);
    expect(log.find(65_536 - maxSentPackets)).toBe(0);
    expect(log.find(65_535 - maxSentPackets)).toBe(-1);
  });

  it("[BW2] does not grow for packets that nobody confirms any more", () => {
    const log = new SentPacketLog();
    const initial = log.capacity;
    for (let index = 0; index < 20_000; index += 1) log.noteSent(index, 100, index * 5);
    expect(log.capacity).toBe(initial);
  });
});
