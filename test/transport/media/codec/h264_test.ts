import { describe, expect, it } from "vitest";
import { findInspector } from "../../../../transport/media/codec/payload_inspector.ts";
import { InspectedStream, type MadePacket, noFields, payloadFields } from "./inspected_stream.ts";
import { readFixture } from "./read_fixture.ts";

/** NAL units, by the type in their first byte. */
const sps = "67 42c01f";
const pps = "68 ce3c80";
const idr = "65 b80004";
const slice = "61 e00040";
const delimiter = "09 f0";

function aggregate(...units: readonly string[]): string {
  const sized = units.map((unit) => {
    const size = unit.replaceAll(" ", "").length / 2;
    return `${size.toString(16).padStart(4, "0")} ${unit}`;
  });
  return `78 ${sized.join(" ")}`;
}

const idrStart = "7c 85 b80004";
const idrMiddle = "7c 05 b80004";
const idrEnd = "7c 45 b80004";
const sliceStart = "7c 81 b80004";

/** The letters of what each packet starts: `f` a frame, `K` a keyframe. */
function read(packets: readonly (MadePacket | string)[]): string[] {
  const stream = new InspectedStream("video/H264");
  return packets.map((made) => {
    const packet = stream.take(made);
    return `${packet.isFrameStart ? "f" : ""}${packet.isKeyframeStart ? "K" : ""}`;
  });
}

/** Packets of one frame. */
function frame(timestamp: number, ...payloads: readonly string[]): MadePacket[] {
  return payloads.map((payload) => ({ payload, timestamp }));
}

describe("H264Inspector", () => {
  it("[CI9] a frame starts with the first NAL unit of its timestamp", () => {
    expect(read([slice, slice])).toEqual(["f", "f"]);
    expect(read(frame(3_000, slice, slice))).toEqual(["f", ""]);
    expect(read(frame(3_000, sliceStart, "7c 01 b8", "7c 41 b8"))).toEqual(["f", "", ""]);
    expect(read(frame(3_000, aggregate(slice, slice), slice))).toEqual(["f", ""]);
    expect(read(["7c 01 b8"])).toEqual([""]);
    expect(
      read([
        { payload: "", timestamp: 6_000 },
        { payload: slice, timestamp: 6_000 },
      ]),
    ).toEqual(["", "f"]);
  });

  it("[CI9] after a loss only what can stand nowhere but at a start is one", () => {
    const afterLoss = (payload: string) => read([slice, { payload, sequenceNumber: 110 }])[1];
    expect(afterLoss(slice)).toBe("");
    expect(afterLoss(sliceStart)).toBe("");
    expect(afterLoss(delimiter)).toBe("f");
    expect(afterLoss(aggregate(sps, pps))).toBe("fK");
  });

  it("[CI10] a keyframe starts with its parameter sets, once", () => {
    expect(read(frame(3_000, aggregate(sps, pps), idrStart, idrMiddle, idrEnd))).toEqual(["fK", "", "", ""]);
    expect(read(frame(3_000, sps, pps, idr))).toEqual(["fK", "", ""]);
    expect(read(frame(3_000, delimiter, aggregate(pps, sps), idr))).toEqual(["f", "K", ""]);
    expect(read(frame(3_000, aggregate(sps, pps, idr)))).toEqual(["fK"]);
    expect(read([slice, aggregate(slice), sliceStart])).toEqual(["f", "f", "f"]);
  });

  it("[CI10] a keyframe without parameter sets of its own starts with its picture, once", () => {
    expect(read(frame(3_000, idrStart, idrEnd, idr))).toEqual(["fK", "", ""]);
    expect(read(frame(3_000, idr, idr))).toEqual(["fK", ""]);
  });

  it("[CI10] a keyframe whose parameter sets may be lost does not start with its picture", () => {
    const lost = { payload: idrStart, sequenceNumber: 110 };
    expect(read([slice, lost])).toEqual(["f", ""]);
    expect(read([...frame(3_000, delimiter), { ...lost, timestamp: 3_000 }])).toEqual(["f", ""]);
    // What is sent again brings it.
    expect(read([slice, lost, { payload: aggregate(sps, pps), sequenceNumber: 109, timestamp: 6_000 }])).toEqual([
      "f",
      "",
      "fK",
    ]);
    expect(read([slice, lost, { payload: idr, sequenceNumber: 109, timestamp: 6_000 }])[2]).toBe("");
  });

  it("[CI9] of payloads that nobody negotiates, and of packets without a payload, nothing is said", () => {
    const stream = new InspectedStream("video/H264");
    for (const payload of [
      "",
      "00",
      "79 0001",
      "7a 0001",
      "7b 0001",
      "7d 85",
      "7e",
      "7f",
      "7c",
      "78",
      "78 00",
      "78 0000",
      "78 0000 0001 67",
      "78 0003 6742",
    ]) {
      expect(payloadFields(stream.take(payload))).toEqual(noFields);
    }
  });

  it("[CI10] an aggregated unit that does not fit counts for nothing, those before it do", () => {
    expect(read(["78 0009 67"])).toEqual([""]);
    expect(read([`${aggregate(sps)} 0009 61`])).toEqual(["fK"]);
    expect(read([`${aggregate(sps)} 00`])).toEqual(["fK"]);
  });

  it("[CI15] reads what Chromium sends: h264_l1t1", () => {
    const inspector = findInspector("video/H264");
    let timestamp = -1;
    let keyframes = 0;
    for (const packet of readFixture("h264_l1t1")) {
      inspector(packet);
      if (packet.payloadLength === 0) continue;
      expect(packet.isFrameStart).toBe(packet.timestamp !== timestamp);
      timestamp = packet.timestamp;
      const body = packet.bytes.subarray(packet.payloadOffset, packet.byteLength);
      expect(packet.isKeyframeStart).toBe(body.indexOf("6742c01f", 0, "hex") >= 0);
      if (packet.isKeyframeStart) keyframes += 1;
    }
    expect(keyframes).toBeGreaterThan(1);
  });
});
