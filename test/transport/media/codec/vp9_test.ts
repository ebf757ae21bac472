import { describe, expect, it } from "vitest";
import { findInspector } from "../../../../transport/media/codec/payload_inspector.ts";
import { InspectedStream, noFields, payloadFields } from "./inspected_stream.ts";
import { readFixture } from "./read_fixture.ts";

/** One packet of a picture in flexible mode: predicted or not, and its byte of layer indices. */
function picture(layers: string, options: { readonly isKeyframe?: boolean; readonly isStart?: boolean } = {}): string {
  const { isKeyframe = false, isStart = true } = options;
  const flags = 0x20 | 0x10 | (isKeyframe ? 0 : 0x40) | (isStart ? 0x08 : 0);
  return `${flags.toString(16)} ${layers} ${isKeyframe ? "" : "02"} 8249`;
}

const t0 = "00";
const t0u = "10";
const t1 = "20";
const t1u = "30";
const t2 = "40";

function syncs(pictures: readonly string[]): boolean[] {
  const stream = new InspectedStream("video/VP9");
  return pictures.map((payload) => stream.take(payload).isLayerSync);
}

describe("Vp9Inspector", () => {
  it("[CI6] reads picture ids of 7 and 15 bits and where they stand", () => {
    const stream = new InspectedStream("video/VP9");
    const short = stream.take("8c 55 8249");
    expect(short).toMatchObject({ pictureId: 0x55, pictureIdBits: 7, pictureIdOffset: short.payloadOffset + 1 });
    const long = stream.take("8c ffa5 8249");
    expect(long).toMatchObject({ pictureId: 0x7fa5, pictureIdBits: 15, pictureIdOffset: long.payloadOffset + 1 });
    expect(stream.take("0c 8249")).toMatchObject({ pictureId: -1, pictureIdOffset: -1, pictureIdBits: 0 });
  });

  it("[CI6] reads the layers, and TL0PICIDX in non-flexible mode", () => {
    const stream = new InspectedStream("video/VP9");
    const packet = stream.take("e8 8001 45 2b 8249");
    expect(packet).toMatchObject({ temporalLayer: 2, spatialLayer: 2, tl0PictureIndex: 0x2b, isFrameStart: true });
    expect(packet.tl0PictureIndexOffset).toBe(packet.payloadOffset + 4);
    expect(stream.take("f8 8001 45 02 8249")).toMatchObject({
      temporalLayer: 2,
      spatialLayer: 2,
      tl0PictureIndex: -1,
      tl0PictureIndexOffset: -1,
    });
  });

  it("[CI7] a keyframe starts with a frame of spatial layer 0 that is not predicted", () => {
    const stream = new InspectedStream("video/VP9");
    expect(stream.take("88 01 8249")).toMatchObject({ isKeyframeStart: true, isFrameStart: true });
    expect(stream.take(picture(t0, { isKeyframe: true }))).toMatchObject({ isKeyframeStart: true });
    expect(stream.take(picture(t0, { isKeyframe: true, isStart: false }))).toMatchObject({
      isKeyframeStart: false,
      isFrameStart: false,
    });
    expect(stream.take(picture(t0))).toMatchObject({ isKeyframeStart: false, isFrameStart: true });
    expect(stream.take(picture("02", { isKeyframe: true }))).toMatchObject({
      isKeyframeStart: false,
      isFrameStart: true,
      spatialLayer: 1,
    });
  });

  it("[CI8] the first picture of a layer after a switching up point is a layer sync, the next is none", () => {
    expect(syncs([picture(t0u), picture(t1), picture(t1)])).toEqual([false, true, false]);
    expect(syncs([picture(t0u), picture(t2), picture(t1), picture(t2)])).toEqual([false, true, true, false]);
    expect(syncs([picture(t0), picture(t1), picture(t2)])).toEqual([false, false, false]);
  });

  it("[CI8] a switching up point is one for the layers above its own only", () => {
    expect(syncs([picture(t0), picture(t1u), picture(t1), picture(t2)])).toEqual([false, false, false, true]);
    expect(syncs([picture(t0), picture("50"), picture(t1)])).toEqual([false, false, false]);
    expect(syncs([picture(t0u), picture(t1u), "48 8249", picture(t1)])).toEqual([false, true, false, false]);
  });

  it("[CI8] a keyframe is a switching up point", () => {
    expect(syncs([picture(t0, { isKeyframe: true }), picture(t2), picture(t1)])).toEqual([false, true, true]);
  });

  it("[CI8] every packet of the picture says so, in every spatial layer", () => {
    const stream = new InspectedStream("video/VP9");
    stream.take({ payload: picture(t0u), timestamp: 3_000 });
    expect(stream.take({ payload: picture(t1), timestamp: 6_000 }).isLayerSync).toBe(true);
    expect(stream.take({ payload: picture(t1, { isStart: false }), timestamp: 6_000 }).isLayerSync).toBe(true);
    expect(stream.take({ payload: picture("22"), timestamp: 6_000 }).isLayerSync).toBe(true);
  });

  it("[CI8] no layer sync is told across a loss, nor for packets that come late", () => {
    const stream = new InspectedStream("video/VP9");
    stream.take({ payload: picture(t0u), sequenceNumber: 200 });
    expect(stream.take({ payload: picture(t1), sequenceNumber: 202 }).isLayerSync).toBe(false);
    expect(stream.take({ payload: picture(t0u), sequenceNumber: 201 }).isLayerSync).toBe(false);
    expect(stream.take({ payload: picture(t1), sequenceNumber: 203 }).isLayerSync).toBe(false);
    stream.take({ payload: picture(t0u), sequenceNumber: 204 });
    expect(stream.take({ payload: picture(t1), sequenceNumber: 205 }).isLayerSync).toBe(true);
    expect(stream.take({ payload: picture(t1), sequenceNumber: 201 }).isLayerSync).toBe(false);
  });

  it("[CI8] a packet without a payload is no loss", () => {
    expect(syncs([picture(t0u), "", picture(t1)])).toEqual([false, false, true]);
  });

  it.each(["80", "80 81", "20", "28 10", "a0 01", "a0 01 10", ""])(
    "[CI2] a descriptor that ends too soon says nothing: %s",
    (payload) => {
      expect(payloadFields(new InspectedStream("video/VP9").take(payload))).toEqual(noFields);
    },
  );

  it.each(["vp9_l1t1", "vp9_l1t3", "vp9_l3t3_key"])("[CI15] reads what Chromium sends: %s", (name) => {
    const inspector = findInspector("video/VP9");
    let pictureId = -1;
    let frame = "";
    let keyframes = 0;
    for (const packet of readFixture(name)) {
      inspector(packet);
      if (packet.payloadLength === 0) continue;
      const isNew = frame !== `${packet.timestamp} ${packet.spatialLayer}`;
      frame = `${packet.timestamp} ${packet.spatialLayer}`;
      expect(packet.isFrameStart).toBe(isNew);
      const steps = isNew && packet.spatialLayer === 0 && pictureId >= 0 ? 1 : 0;
      if (pictureId >= 0) expect(packet.pictureId).toBe((pictureId + steps) & 0x7fff);
      pictureId = packet.pictureId;
      expect(packet.bytes.readUInt16BE(packet.pictureIdOffset) & 0x7fff).toBe(pictureId);
      // Frame marker, profile 0, keyframe, shown, and the sync code (VP9 Bitstream & Decoding Process, 6.2).
      const body = packet.bytes.subarray(packet.payloadOffset, packet.byteLength);
      const code = body.indexOf("498342", 0, "hex");
      expect(packet.isKeyframeStart).toBe(code > 0 && ((body[code - 1] ?? 0) & 0xfc) === 0x80);
      if (packet.isKeyframeStart) keyframes += 1;
    }
    expect(keyframes).toBeGreaterThan(0);
  });

  it("[CI15] reads the temporal and spatial layers that Chromium sends", () => {
    const read = (name: string) => {
      const inspector = findInspector("video/VP9");
      const packets = readFixture(name);
      for (const packet of packets) inspector(packet);
      return packets.filter(({ isFrameStart }) => isFrameStart).slice(0, 8);
    };
    const temporal = read("vp9_l1t3");
    expect(temporal.map(({ temporalLayer }) => temporalLayer)).toEqual([0, 2, 1, 2, 0, 2, 1, 2]);
    expect(temporal.map(({ isLayerSync }) => isLayerSync)).toEqual(temporal.map((each) => each.temporalLayer > 0));
    const spatial = read("vp9_l3t3_key");
    expect(spatial.map(({ spatialLayer }) => spatialLayer)).toEqual([0, 1, 0, 1, 0, 1, 0, 1]);
    expect(spatial.map(({ temporalLayer }) => temporalLayer)).toEqual([0, 0, 2, 2, 1, 1, 2, 2]);
  });
});
