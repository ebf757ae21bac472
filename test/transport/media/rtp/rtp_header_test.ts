import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isRtcp, RtpHeader } from "../../../../transport/media/rtp/rtp_header.ts";

/** Payload type 111 with marker, sequence number 0xfffe, timestamp 0xfedcba98, SSRC 0x89abcdef. */
function packet({ csrcs = 0, extensionWords = -1, payload = 3 } = {}): Buffer {
  const fixed = Buffer.from("80effffefedcba9889abcdef", "hex");
  fixed[0] = 0x80 | csrcs | (extensionWords < 0 ? 0 : 0x10);
  const extension = Buffer.alloc(extensionWords < 0 ? 0 : 4 + 4 * extensionWords, 0xff);
  if (extensionWords >= 0) extension.writeUInt16BE(extensionWords, 2);
  return Buffer.concat([fixed, Buffer.alloc(4 * csrcs, 7), extension, Buffer.alloc(payload, 1)]);
}

describe("RTP header", () => {
  it("[RX1] reads every field, unsigned", () => {
    const header = new RtpHeader();
    expect(header.read(packet())).toBe(true);
    expect(header).toMatchObject({
      hasPadding: false,
      hasExtension: false,
      csrcCount: 0,
      marker: true,
      payloadType: 111,
      sequenceNumber: 0xfffe,
      timestamp: 0xfedcba98,
      ssrc: 0x89abcdef,
      headerLength: 12,
    });
    const padded = packet();
    padded[0] = 0xa0;
    padded[1] = 0x6f;
    expect(header.read(padded)).toBe(true);
    expect(header).toMatchObject({ hasPadding: true, marker: false, payloadType: 111 });
    padded[1] = 0x80;
    expect(header.read(padded)).toBe(true);
    expect(header).toMatchObject({ marker: true, payloadType: 0 });
  });

  it("[RX1] counts contributing sources and header extensions as header", () => {
    const header = new RtpHeader();
    for (const [csrcs, extensionWords, length] of [
      [15, -1, 72],
      [0, 0, 16],
      [2, 3, 36],
      [0, 300, 1_216],
    ] as const) {
      expect(header.read(packet({ csrcs, extensionWords }))).toBe(true);
      expect(header).toMatchObject({ csrcCount: csrcs, hasExtension: extensionWords >= 0, headerLength: length });
    }
  });

  it("[RX2] refuses other versions, and headers that do not fit their datagram", () => {
    const header = new RtpHeader();
    for (const version of [0, 1, 3]) {
      const other = packet();
      other[0] = (version << 6) | ((other[0] ?? 0) & 0x3f);
      expect(header.read(other)).toBe(false);
    }
    for (const options of [{}, { csrcs: 15 }, { extensionWords: 0 }, { csrcs: 3, extensionWords: 5 }]) {
      const whole = packet({ ...options, payload: 0 });
      expect(header.read(whole)).toBe(true);
      expect(header.headerLength).toBe(whole.length);
      for (let length = 0; length < whole.length; length += 1)
        expect(header.read(whole.subarray(0, length))).toBe(false);
    }
  });

  it("[RX2] never says that a header is longer than its datagram, or not on a multiple of 4", () => {
    const header = new RtpHeader();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.integer({ min: 0, max: 63 }), (bytes, low) => {
        const datagram = Buffer.from(bytes);
        if (datagram.length > 0) datagram[0] = 0x80 | low;
        if (!header.read(datagram)) return;
        expect(header.headerLength).toBeLessThanOrEqual(datagram.length);
        expect(header.headerLength % 4).toBe(0);
      }),
    );
  });

  it("[RX3] takes the packet types 192 to 223 for RTCP, and nothing else", () => {
    const types = Array.from({ length: 256 }, (_, type) => type).filter((type) => isRtcp(Buffer.from([0x80, type])));
    expect(types).toEqual(Array.from({ length: 32 }, (_, i) => 192 + i));
    expect(isRtcp(Buffer.from([0x80]))).toBe(false);
  });
});
