import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { protectPackets } from "../../../../transport/media/srtp/protect_packets.ts";
import type { SrtpKeys } from "../../../../transport/media/srtp/srtp_keys.ts";
import { srtpTailroom } from "../../../../transport/media/srtp/srtp_keys.ts";
import { SrtpSender } from "../../../../transport/media/srtp/srtp_sender.ts";
import { makeKeys, makePacket, profiles, protect, testSsrc } from "./make_packet.ts";

describe("packets that are protected together", () => {
  it("[SR9] are the same as one by one: of several keys, of both profiles, of any lengths and number", () => {
    const keys: readonly SrtpKeys[] = [0, 0, 0, 0, 1].map((profile) => makeKeys(profiles[profile] ?? profiles[0]));
    const length = fc.oneof(fc.integer({ min: 0, max: 1_400 }), fc.integer({ min: 0, max: 130 }), fc.constant(1_100));
    const packet = fc.tuple(fc.integer({ min: 0, max: keys.length - 1 }), length, fc.integer({ min: 0, max: 3 }));
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 20 }), fc.constantFrom(0, 65_530), (packets, first) => {
        const alone = keys.map((key) => new SrtpSender(key).openStream(testSsrc));
        const together = keys.map((key) => new SrtpSender(key).openStream(testSsrc));
        const expected: Buffer[] = [];
        const jobs = packets.map(([key, payloadLength, sources], i) => {
          const { packet: plain, headerLength } = makePacket(first + i, payloadLength, { sources });
          const stream = alone[key];
          const start = 8;
          const buffer = Buffer.concat([Buffer.alloc(start), plain, Buffer.alloc(srtpTailroom)]);
          if (stream !== undefined) expected.push(protect(stream, plain, headerLength, first + i));
          return { buffer, start, headerLength, end: start + plain.length, index: first + i };
        });
        const streams = packets.map(([key]) => together[key] ?? new SrtpSender(makeKeys(profiles[0])).openStream(0));
        // Some that are not counted, as in an array that is used again.
        protectPackets([...jobs, ...jobs], [...streams, ...streams], jobs.length);
        expect(jobs.map(({ buffer, start, end }) => buffer.toString("hex", start, end))).toEqual(
          expected.map((datagram) => datagram.toString("hex")),
        );
      }),
      { numRuns: 200 },
    );
  });

  it("[SR9] fit a datagram, or nothing is written", () => {
    const stream = new SrtpSender(makeKeys(profiles[0])).openStream(testSsrc);
    const buffer = Buffer.alloc(70_000);
    const packet = { buffer, start: 0, headerLength: 12, end: 65_526, index: 0 };
    expect(() => protectPackets([packet], [stream], 1)).toThrow(RangeError);
    expect(buffer.every((byte) => byte === 0)).toBe(true);
  });
});
