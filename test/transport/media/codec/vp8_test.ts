import { describe, expect, it } from "vitest";
import { findInspector } from "../../../../transport/media/codec/payload_inspector.ts";
import { InspectedStream, noFields, payloadFields } from "./inspected_stream.ts";
import { makePacket, readFixture } from "./read_fixture.ts";

/** What the payload header of a keyframe and of another frame begins with (RFC 7741, 4.3). */
const key = "10 02 00 9d012a";
const inter = "11 02 00 ffffff";

function inspect(payload: string) {
  const packet = makePacket(payload);
  findInspector("video/VP8")(packet);
  return { ...payloadFields(packet), start: packet.payloadOffset };
}

describe("inspectVp8", () => {
  it("[CI4] reads a picture id of 7 bits and where it stands", () => {
    const { start, ...fields } = inspect(`90 80 7f ${inter}`);
    expect(fields).toMatchObject({ pictureId: 0x7f, pictureIdBits: 7, pictureIdOffset: start + 2 });
    expect(fields).toMatchObject({ tl0PictureIndex: -1, tl0PictureIndexOffset: -1, temporalLayer: 0 });
  });

  it("[CI4] reads a picture id of 15 bits, TL0PICIDX and the temporal layer, and where the first two stand", () => {
    const { start, ...fields } = inspect(`90 e0 ffa5 2b 60 ${inter}`);
    expect(fields).toMatchObject({ pictureId: 0x7fa5, pictureIdBits: 15, pictureIdOffset: start + 2 });
    expect(fields).toMatchObject({ tl0PictureIndex: 0x2b, tl0PictureIndexOffset: start + 4 });
    expect(fields).toMatchObject({ temporalLayer: 1, isLayerSync: true, isFrameStart: true });
  });

  it("[CI4] takes TL0PICIDX from where it stands without a picture id", () => {
    const { start, ...fields } = inspect(`90 60 2b 80 ${inter}`);
    expect(fields).toMatchObject({ pictureId: -1, tl0PictureIndex: 0x2b, tl0PictureIndexOffset: start + 2 });
    expect(fields).toMatchObject({ temporalLayer: 2, isLayerSync: false });
  });

  it("[CI4] says of the lowest layer no layer sync, and of a key index alone no layer", () => {
    expect(inspect(`90 20 20 ${inter}`)).toMatchObject({ temporalLayer: 0, isLayerSync: false });
    expect(inspect(`90 10 e5 ${key}`)).toMatchObject({ temporalLayer: 0, isLayerSync: false, isKeyframeStart: true });
  });

  it("[CI5] a frame starts with the start of its first partition, a keyframe as its payload header says", () => {
    expect(inspect(`10 ${key}`)).toMatchObject({ isFrameStart: true, isKeyframeStart: true });
    expect(inspect(`10 ${inter}`)).toMatchObject({ isFrameStart: true, isKeyframeStart: false });
    expect(inspect(`00 ${key}`)).toMatchObject({ isFrameStart: false, isKeyframeStart: false });
    expect(inspect(`11 ${key}`)).toMatchObject({ isFrameStart: false, isKeyframeStart: false });
    expect(inspect(`90 e0 8001 02 00 ${key}`)).toMatchObject({ isFrameStart: true, isKeyframeStart: true });
  });

  it("[CI5] the bit of a frame that nobody refers to changes nothing", () => {
    expect(inspect(`30 ${key}`)).toMatchObject({ isFrameStart: true, isKeyframeStart: true });
  });

  it.each(["90", "90 80", "90 80 81", "90 40", "90 20", "90 c0 05", "90 e0 8001 02"])(
    "[CI2] a descriptor that ends too soon says nothing: %s",
    (payload) => {
      const { start, ...fields } = inspect(payload);
      expect(start).toBeGreaterThan(0);
      expect(fields).toEqual(noFields);
    },
  );

  it("[CI5] a descriptor with nothing behind it starts a frame, but no keyframe", () => {
    expect(inspect("10")).toMatchObject({ isFrameStart: true, isKeyframeStart: false });
    expect(inspect("90 80 8181")).toMatchObject({ isFrameStart: true, pictureId: 0x181 });
    const packet = makePacket("10");
    packet.bytes.fill(0, packet.byteLength);
    findInspector("video/VP8")(packet);
    expect(packet.isKeyframeStart).toBe(false);
  });

  it.each(["vp8_l1t1", "vp8_l1t3"])("[CI15] reads what Chromium sends: %s", (name) => {
    const inspector = findInspector("video/VP8");
    let pictureId = -1;
    let lowestIndex = -1;
    let timestamp = -1;
    let keyframes = 0;
    for (const packet of readFixture(name)) {
      inspector(packet);
      if (packet.payloadLength === 0) continue;
      const isNew = packet.timestamp !== timestamp;
      timestamp = packet.timestamp;
      expect(packet.isFrameStart).toBe(isNew);
      if (isNew && pictureId >= 0) expect(packet.pictureId).toBe((pictureId + 1) & 0x7fff);
      pictureId = packet.pictureId;
      const { bytes, pictureIdOffset, tl0PictureIndexOffset } = packet;
      expect(bytes.readUInt16BE(pictureIdOffset) & 0x7fff).toBe(pictureId);
      if (tl0PictureIndexOffset >= 0) expect(bytes[tl0PictureIndexOffset]).toBe(packet.tl0PictureIndex);
      const steps = packet.isFrameStart && packet.temporalLayer === 0 && lowestIndex >= 0 ? 1 : 0;
      if (lowestIndex >= 0) expect(packet.tl0PictureIndex).toBe((lowestIndex + steps) & 0xff);
      lowestIndex = packet.tl0PictureIndex;
      // The start code of a keyframe (RFC 6386, 9.1).
      const hasStartCode = bytes.subarray(packet.payloadOffset, packet.byteLength).indexOf("9d012a", 0, "hex") >= 0;
      expect(packet.isKeyframeStart).toBe(hasStartCode);
      if (packet.isKeyframeStart) keyframes += 1;
    }
    expect(keyframes).toBeGreaterThan(1);
  });

  it("[CI15] reads the temporal layers that Chromium sends", () => {
    const stream = readFixture("vp8_l1t3");
    const inspector = findInspector("video/VP8");
    for (const packet of stream) inspector(packet);
    const frames = stream.filter(({ isFrameStart }) => isFrameStart);
    const layers = frames.slice(0, 8).map(({ temporalLayer }) => temporalLayer);
    expect(layers).toEqual([0, 2, 1, 2, 0, 2, 1, 2]);
    expect(frames.slice(0, 8).map(({ isLayerSync }) => isLayerSync)).toEqual([
      false,
      true,
      true,
      ...Array(5).fill(false),
    ]);
  });

  it("[CI2] says nothing of what was in a slot before", () => {
    const packet = new InspectedStream("video/VP8").take(`90 e0 ffa5 2b 60 ${key}`);
    packet.bytes.fill(0, packet.payloadOffset);
    packet.spatialLayer = 3;
    findInspector("video/VP8")(packet);
    expect(payloadFields(packet)).toEqual(noFields);
  });
});
