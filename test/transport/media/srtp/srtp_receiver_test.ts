import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SrtpReceiver } from "../../../../transport/media/srtp/srtp_receiver.ts";
import { SrtpSender } from "../../../../transport/media/srtp/srtp_sender.ts";
import { makeKeys, makePacket, profiles, protect, testSsrc, unprotect } from "./make_packet.ts";

function connect(profile: (typeof profiles)[number]) {
  const keys = makeKeys(profile);
  const sender = new SrtpSender(keys);
  const receiver = new SrtpReceiver(keys);
  return { sender, receiver, sending: sender.openStream(testSsrc), receiving: receiver.openStream(testSsrc) };
}

/** RFC 3711, appendix A, word for word. */
function estimateByTheBook(sequenceNumber: number, highest: number): number {
  const rolloverCounter = Math.floor(highest / 65_536);
  const last = highest % 65_536;
  let v = rolloverCounter;
  if (last < 32_768) {
    if (sequenceNumber - last > 32_768) v = rolloverCounter - 1;
  } else if (last - 32_768 > sequenceNumber) v = rolloverCounter + 1;
  return v < 0 ? -1 : sequenceNumber + v * 65_536;
}

describe.each(profiles)("SRTP with %s", (profile) => {
  it("[SR3] gives back packets of every length", () => {
    const { sending, receiving } = connect(profile);
    for (let length = 0; length <= 1_400; length++) {
      const { packet, headerLength } = makePacket(length, length);
      const datagram = protect(sending, packet, headerLength, length);
      expect(datagram.subarray(0, 12)).toEqual(packet.subarray(0, 12));
      if (length >= 16) expect(datagram.includes(packet.subarray(12, 28))).toBe(false);
      expect(unprotect(receiving, datagram)?.equals(packet), `${length} bytes`).toBe(true);
    }
  });

  it("[SR3] leaves contributing sources and header extensions as they are, and gives them back", () => {
    const { sending, receiving } = connect(profile);
    let index = 0;
    for (let sources = 0; sources <= 15; sources++) {
      for (const extensionWords of [undefined, 0, 1, 7]) {
        const { packet, headerLength } = makePacket(index, 100, {
          sources,
          ...(extensionWords !== undefined && { extensionWords }),
        });
        const datagram = protect(sending, packet, headerLength, index++);
        expect(datagram.subarray(0, headerLength)).toEqual(packet.subarray(0, headerLength));
        expect(unprotect(receiving, datagram, headerLength)).toEqual(packet);
      }
    }
  });

  it("[SR3] takes the longest packet that a datagram holds, and no longer one", () => {
    const { sending, receiver } = connect(profile);
    const tagLength = profile === "SRTP_AEAD_AES_128_GCM" ? 16 : 10;
    const { packet, headerLength } = makePacket(0, 65_535 - 12 - tagLength);
    const datagram = protect(sending, packet, headerLength, 0);
    const out = Buffer.alloc(65_535);
    expect(receiver.openStream(testSsrc).unprotect(datagram, 12, 0, out)).toBe(packet.length);
    expect(out.subarray(0, packet.length).equals(packet)).toBe(true);
    // Longer than all the memory that packets are worked on in.
    const longer = Buffer.concat([datagram, Buffer.alloc(25_000_000)]);
    expect(receiver.openStream(testSsrc).unprotect(longer, 12, 0, Buffer.alloc(longer.length))).toBe(-1);
  });

  it("[SR4] follows the rollover counter in both directions", () => {
    const { sending, receiving } = connect(profile);
    // Forward with losses, and around each wrap out of order.
    const indexes = [
      0, 20_000, 40_000, 60_000, 65_533, 65_536, 65_535, 65_534, 65_538, 65_537, 90_000, 120_000, 131_071,
    ];
    indexes.push(131_073, 131_070, 131_072, 163_000, 195_000, 196_608, 196_607, 4 * 65_536 - 32_768);
    for (const index of indexes) {
      const { packet, headerLength } = makePacket(index, 50);
      expect(unprotect(receiving, protect(sending, packet, headerLength, index)), `${index}`).toEqual(packet);
    }
  });

  it("[SR4] has room for rollover counters of 32 bits", () => {
    const { sending, receiving } = connect(profile);
    const { packet, headerLength } = makePacket(0xff_ff, 50);
    const out = Buffer.alloc(100);
    const last = 2 ** 48 - 1;
    expect(receiving.unprotect(protect(sending, packet, headerLength, last), headerLength, last, out)).toBe(62);
    expect(receiving.estimateIndex(0xff_fe)).toBe(last - 1);
    expect(receiving.estimateIndex(0)).toBe(-1);
  });

  it("[SR4] estimates an index as RFC 3711, appendix A, does", () => {
    const highest = fc.oneof(fc.integer({ min: 0, max: 300_000 }), fc.integer({ min: 0, max: 2 ** 47 }));
    const { sending, receiver } = connect(profile);
    const out = Buffer.alloc(100);
    fc.assert(
      fc.property(
        highest,
        fc.constantFrom(-32_769, -32_768, -32_767, -1, 0, 1, 32_767, 32_768, 32_769, 12_345),
        (last, change) => {
          const receiving = receiver.openStream(testSsrc);
          const { packet, headerLength } = makePacket(last, 0);
          receiving.unprotect(protect(sending, packet, headerLength, last), headerLength, last, out);
          const sequenceNumber = (last + change) & 0xff_ff;
          expect(receiving.estimateIndex(sequenceNumber)).toBe(estimateByTheBook(sequenceNumber, last));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("[SR4] begins with whatever sequence number comes first", () => {
    expect(connect(profile).receiving.estimateIndex(54_321)).toBe(54_321);
  });

  it("[SR5] refuses what came before, and what is older than the last 1,024 packets", () => {
    const { sending, receiving } = connect(profile);
    const send = (index: number) => {
      const { packet, headerLength } = makePacket(index, 20);
      return protect(sending, packet, headerLength, index);
    };
    const first = send(5_000);
    expect(unprotect(receiving, first)).toBeDefined();
    expect(unprotect(receiving, first)).toBeUndefined();
    const [late, tooLate] = [send(5_001), send(5_000)];
    expect(unprotect(receiving, send(5_001 + 1_023))).toBeDefined();
    expect(unprotect(receiving, tooLate)).toBeUndefined();
    expect(unprotect(receiving, late)).toBeDefined();
    expect(unprotect(receiving, late)).toBeUndefined();
    expect(unprotect(receiving, first)).toBeUndefined();
  });

  it("[SR6] refuses a packet with any byte changed, and nothing else changes", () => {
    const { sending, receiving } = connect(profile);
    const { packet, headerLength } = makePacket(1, 60, { sources: 1, extensionWords: 1 });
    const datagram = protect(sending, packet, headerLength, 1);
    for (let i = 0; i < datagram.length; i++) {
      for (const bit of [0x01, 0x80]) {
        const forged = Buffer.from(datagram);
        forged[i] = (forged[i] as number) ^ bit;
        expect(unprotect(receiving, forged, headerLength), `byte ${i}`).toBeUndefined();
        expect(receiving.estimateIndex(40_000)).toBe(40_000);
      }
    }
    expect(unprotect(receiving, datagram, headerLength)).toEqual(packet);
  });

  it("[SR6] refuses a packet of another stream, key or rollover counter", () => {
    const { sending, receiving, receiver } = connect(profile);
    const { packet, headerLength } = makePacket(1, 60);
    expect(unprotect(receiving, protect(sending, packet, headerLength, 65_537))).toBeUndefined();
    expect(unprotect(receiving, protect(connect(profile).sending, packet, headerLength, 1))).toBeUndefined();
    const datagram = protect(sending, packet, headerLength, 1);
    expect(unprotect(receiver.openStream(testSsrc - 1), datagram)).toBeUndefined();
    const out = Buffer.alloc(100, 0xbb);
    for (const index of [-1, 0, 2, 65_537]) expect(receiving.unprotect(datagram, headerLength, index, out)).toBe(-1);
    expect(receiving.unprotect(datagram, headerLength, 1, out.subarray(0, packet.length - 1))).toBe(-1);
    expect(out.every((byte) => byte === 0xbb)).toBe(true);
    expect(unprotect(receiving, datagram)).toEqual(packet);
  });

  it("[SR6] refuses a packet that is cut or has a header longer than itself", () => {
    const { sending, receiving } = connect(profile);
    const { packet, headerLength } = makePacket(1, 30, { sources: 2 });
    const datagram = protect(sending, packet, headerLength, 1);
    for (let length = 0; length < datagram.length; length++) {
      expect(unprotect(receiving, datagram.subarray(0, length), headerLength)).toBeUndefined();
    }
    for (const wrong of [-4, 0, 8, packet.length + 1, datagram.length, 65_536]) {
      expect(unprotect(receiving, datagram, wrong)).toBeUndefined();
    }
    expect(unprotect(receiving, datagram, headerLength)).toEqual(packet);
  });

  it("[SR6] refuses whatever else comes, without an exception, and goes on", () => {
    const { sending, receiving, receiver } = connect(profile);
    let index = 0;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 0, max: 200 }), (bytes, headerLength) => {
        const datagram = Buffer.from(bytes);
        expect(unprotect(receiving, datagram, headerLength)).toBeUndefined();
        expect(receiver.unprotectRtcp(datagram)).toBeUndefined();
        // The same, with the right SSRC.
        if (datagram.length >= 12) datagram.writeUInt32BE(testSsrc, 8);
        expect(unprotect(receiving, datagram, headerLength)).toBeUndefined();
        const plain = makePacket(index, 40);
        expect(unprotect(receiving, protect(sending, plain.packet, plain.headerLength, index++))).toEqual(plain.packet);
      }),
      { numRuns: 500 },
    );
  });
});
