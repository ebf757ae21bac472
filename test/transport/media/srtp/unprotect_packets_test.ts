import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SrtpReceiver } from "../../../../transport/media/srtp/srtp_receiver.ts";
import { SrtpSender } from "../../../../transport/media/srtp/srtp_sender.ts";
import { maxTogether, unprotectPackets } from "../../../../transport/media/srtp/unprotect_packets.ts";
import { makeKeys, makePacket, profiles, protect, testSsrc } from "./make_packet.ts";

const fates = ["right", "forged", "cut", "again", "too long"] as const;

describe("packets that are verified together", () => {
  it("[SR12] are taken and refused as one by one: of several keys, of both profiles, forged, cut, twice, too long", () => {
    const keys = [0, 0, 0, 1].map((profile) => makeKeys(profiles[profile] ?? profiles[0]));
    const length = fc.oneof(fc.integer({ min: 0, max: 1_400 }), fc.constant(1_100));
    const packet = fc.record({
      key: fc.integer({ min: 0, max: keys.length - 1 }),
      length,
      fate: fc.constantFrom(...fates),
      step: fc.integer({ min: 0, max: 2 }),
    });
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 16 }), fc.constantFrom(0, 65_530), (packets, first) => {
        const senders = keys.map((key) => new SrtpSender(key).openStream(testSsrc));
        const open = () => keys.map((key) => new SrtpReceiver(key).openStream(testSsrc));
        const [alone, together] = [open(), open()];
        const nexts: number[] = keys.map(() => first);
        const lasts = new Map<number, { datagram: Buffer; headerLength: number; index: number }>();
        const made = packets.map(({ key, length: payloadLength, fate, step }) => {
          const last = lasts.get(key);
          if (fate === "again" && last !== undefined) return { key, fate, ...last };
          const index = (nexts[key] ?? 0) + step;
          nexts[key] = index + 1;
          const { packet: plain, headerLength } = makePacket(index, payloadLength);
          const sender = senders[key];
          if (sender === undefined) throw new Error("There is no such key");
          let datagram = protect(sender, plain, headerLength, index);
          if (fate === "forged") datagram[datagram.length - 1] = (datagram[datagram.length - 1] ?? 0) ^ 1;
          if (fate === "cut") datagram = datagram.subarray(0, 20);
          const one = { datagram, headerLength, index };
          lasts.set(key, one);
          return { key, fate, ...one };
        });
        const outOf = (fate: string) => Buffer.alloc(fate === "too long" ? 8 : 1_504);
        const expected = made.map(({ key, datagram, headerLength, index, fate }) => {
          const out = outOf(fate);
          return { length: alone[key]?.unprotect(datagram, headerLength, index, out), out: out.toString("hex") };
        });
        const jobs = made.map(({ key, datagram, headerLength, index, fate }) => {
          const stream = together[key];
          if (stream === undefined) throw new Error("There is no such key");
          return { stream, datagram, headerLength, index, out: outOf(fate), length: 0 };
        });
        for (let from = 0; from < jobs.length; from += maxTogether) {
          const some = jobs.slice(from, from + maxTogether);
          // Some that are not counted, as in an array that is used again.
          unprotectPackets([...some, ...jobs], some.length);
        }
        expect(jobs.map(({ length: taken, out }) => ({ length: taken, out: out.toString("hex") }))).toEqual(expected);
        for (const [key, stream] of together.entries()) {
          for (const number of [0, 1, 40_000, 65_535])
            expect(stream.estimateIndex(number)).toBe(alone[key]?.estimateIndex(number));
        }
      }),
      { numRuns: 300 },
    );
  });
});
