import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findInspector } from "../../../../transport/media/codec/payload_inspector.ts";
import { noFields, payloadFields } from "./inspected_stream.ts";
import { makePacket, readFixture } from "./read_fixture.ts";

const mimeTypes = ["video/VP8", "video/VP9", "video/H264", "video/AV1", "audio/opus"] as const;

describe("findInspector", () => {
  it("[CI1] knows the codecs in any case of their letters", () => {
    for (const name of ["video/vp8", "video/VP8", "VIDEO/VP8"]) {
      const packet = makePacket("90 80 05 10");
      findInspector(name)(packet);
      expect(packet.pictureId).toBe(5);
    }
  });

  it.each(["audio/opus", "audio/PCMU", "video/other", ""])("[CI1] each packet of %s is a frame", (mimeType) => {
    const packet = makePacket("90 80 05 10");
    findInspector(mimeType)(packet);
    expect(payloadFields(packet)).toEqual({ ...noFields, isFrameStart: true });
    const empty = makePacket("");
    findInspector(mimeType)(empty);
    expect(payloadFields(empty)).toEqual(noFields);
  });

  it("[CI1] an inspector knows nothing of another stream", () => {
    const [first] = readFixture("av1_l1t3");
    const second = readFixture("av1_l1t3").find(({ sequenceNumber, payloadLength }) => {
      return payloadLength > 0 && sequenceNumber > (first?.sequenceNumber ?? 0);
    });
    if (first === undefined || second === undefined) throw new Error("Cannot read the recording");
    findInspector("video/AV1")(first);
    findInspector("video/AV1")(second);
    expect(second.temporalLayer).toBe(0);
  });

  it.each(mimeTypes)("[CI2] what a slot said before does not matter: %s", (mimeType) => {
    const dirty = fc.record({
      isKeyframeStart: fc.boolean(),
      isFrameStart: fc.boolean(),
      isLayerSync: fc.boolean(),
      temporalLayer: fc.nat(7),
      spatialLayer: fc.nat(7),
      pictureId: fc.nat(0x7fff),
      pictureIdOffset: fc.nat(100),
      pictureIdBits: fc.constantFrom(0, 7, 15),
      tl0PictureIndex: fc.nat(255),
      tl0PictureIndexOffset: fc.nat(100),
    });
    fc.assert(
      fc.property(dirty, fc.uint8Array({ maxLength: 40 }), (fields, payload) => {
        const hex = Buffer.from(payload).toString("hex");
        const clean = makePacket(hex);
        findInspector(mimeType)(clean);
        const used = Object.assign(makePacket(hex), fields);
        findInspector(mimeType)(used);
        expect(payloadFields(used)).toEqual(payloadFields(clean));
      }),
    );
  });

  const packets = fc.array(
    fc.record({
      payload: fc.uint8Array({ maxLength: 40 }),
      descriptor: fc.uint8Array({ maxLength: 60 }),
      step: fc.constantFrom(1, 1, 1, 2, 0, -3, 40_000),
      timestamp: fc.nat(5),
    }),
    { maxLength: 30 },
  );

  it.each(mimeTypes)("[CI3] takes any bytes, and what it says of them lies in the payload: %s", (mimeType) => {
    fc.assert(
      fc.property(packets, (stream) => {
        const inspect = findInspector(mimeType);
        let sequenceNumber = 65_000;
        for (const { payload, descriptor, step, timestamp } of stream) {
          const packet = makePacket(Buffer.from(payload).toString("hex"), Buffer.from(descriptor).toString("hex"));
          sequenceNumber += step;
          Object.assign(packet, { sequenceNumber, timestamp });
          const before = Buffer.from(packet.bytes);
          inspect(packet);
          expect(packet.bytes.equals(before)).toBe(true);
          const { pictureIdOffset, pictureIdBits, tl0PictureIndexOffset, payloadOffset, byteLength } = packet;
          expect(packet.temporalLayer).toBeLessThan(8);
          expect(packet.spatialLayer).toBeLessThan(8);
          expect(pictureIdOffset >= 0).toBe(packet.pictureId >= 0);
          if (pictureIdOffset >= 0) expect(pictureIdOffset).toBeGreaterThanOrEqual(payloadOffset);
          expect(pictureIdOffset + (pictureIdBits === 15 ? 2 : 1)).toBeLessThanOrEqual(byteLength);
          if (tl0PictureIndexOffset >= 0) expect(tl0PictureIndexOffset).toBeGreaterThanOrEqual(payloadOffset);
          expect(tl0PictureIndexOffset).toBeLessThan(byteLength);
        }
      }),
      { numRuns: 300 },
    );
  });

  it.each(mimeTypes)("[CI3] what stands behind the payload is not read: %s", (mimeType) => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 12 }), fc.nat(255), (payload, filling) => {
        const hex = Buffer.from(payload).toString("hex");
        const packet = makePacket(hex);
        const other = makePacket(hex);
        other.bytes.fill(filling, other.byteLength);
        findInspector(mimeType)(packet);
        findInspector(mimeType)(other);
        expect(payloadFields(other)).toEqual(payloadFields(packet));
      }),
    );
  });
});
