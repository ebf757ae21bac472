import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findInspector } from "../../../../transport/media/codec/payload_inspector.ts";
import { InspectedStream, noFields, payloadFields } from "./inspected_stream.ts";
import { readFixture } from "./read_fixture.ts";
import { type MadeDescriptor, type MadeStructure, writeDescriptor } from "./write_descriptor.ts";

/** Aggregation headers (4.4), each with the start of an OBU behind it. */
const newSequence = "18 0a0b";
const frame = "10 3230";
const continuation = "90 3230";

/** One spatial and three temporal layers, as in the specification (A.8). */
const l1t3: MadeStructure = {
  offset: 60,
  templates: [
    { temporalLayer: 0, indications: "SSS" },
    { temporalLayer: 0, indications: "SSS", differences: [4] },
    { temporalLayer: 1, indications: "-DS", differences: [2] },
    { temporalLayer: 2, indications: "--D", differences: [1] },
    { temporalLayer: 2, indications: "--D", differences: [1, 3] },
  ],
  chains: 1,
};
const key = 60;
const t0 = 61;
const t1 = 62;
const t2 = 63;
const l1t3Keyframe = { template: key, structure: l1t3 };

/** A stream of frames of one packet each; the frame numbers count on. */
function stream(made: readonly (Omit<MadeDescriptor, "frameNumber"> & { readonly sequenceNumber?: number })[]) {
  const inspected = new InspectedStream("video/AV1");
  return made.map(({ sequenceNumber, ...descriptor }, frameNumber) =>
    inspected.take({
      payload: descriptor.structure ? newSequence : frame,
      descriptor: writeDescriptor({ ...descriptor, frameNumber }),
      ...(sequenceNumber === undefined ? {} : { sequenceNumber }),
    }),
  );
}

const layersOf = (packets: ReturnType<typeof stream>) => packets.map((each) => each.temporalLayer);
const syncsOf = (packets: ReturnType<typeof stream>) => packets.map((each) => each.isLayerSync);

describe("Av1Inspector", () => {
  it("[CI11] a keyframe starts with the first packet of a coded video sequence", () => {
    const inspected = new InspectedStream("video/AV1");
    expect(inspected.take(newSequence)).toMatchObject({ isKeyframeStart: true, isFrameStart: true });
    expect(inspected.take(frame)).toMatchObject({ isKeyframeStart: false, isFrameStart: true });
    expect(inspected.take("98 3230")).toMatchObject({ isKeyframeStart: false });
  });

  it("[CI11] without descriptors a frame starts with its timestamp, where nothing is lost and nothing continues", () => {
    const inspected = new InspectedStream("video/AV1");
    const starts = (payload: string, timestamp: number, sequenceNumber: number) =>
      inspected.take({ payload, timestamp, sequenceNumber }).isFrameStart;
    expect(starts(frame, 1_000, 1)).toBe(true);
    expect(starts(frame, 1_000, 2)).toBe(false);
    expect(starts(continuation, 2_000, 3)).toBe(false);
    expect(starts(frame, 3_000, 5)).toBe(false);
    expect(starts(frame, 4_000, 6)).toBe(true);
    expect(starts(frame, 4_000, 4)).toBe(false);
    expect(starts(newSequence, 5_000, 9)).toBe(true);
  });

  it("[CI12] takes the layers of a frame from its template, and the start of the frame from the descriptor", () => {
    const packets = stream([l1t3Keyframe, { template: t2 }, { template: t1 }, { template: t0, isStart: false }]);
    expect(layersOf(packets)).toEqual([0, 2, 1, 0]);
    expect(packets.map(({ isFrameStart }) => isFrameStart)).toEqual([true, true, true, false]);
    expect(packets.map(({ isKeyframeStart }) => isKeyframeStart)).toEqual([true, false, false, false]);
  });

  it("[CI12] counts template ids on past 63", () => {
    expect(layersOf(stream([l1t3Keyframe, { template: 0 }, { template: 1 }]))).toEqual([0, 2, 0]);
  });

  it("[CI12] takes the spatial layer from the template, whatever else the structure holds", () => {
    const structure: MadeStructure = {
      offset: 3,
      templates: [
        { temporalLayer: 0, indications: "SSRR", differences: [1, 16] },
        { temporalLayer: 1, indications: "-D-R", differences: [2] },
        { spatialLayer: 1, temporalLayer: 0, indications: "--SS" },
        { spatialLayer: 1, temporalLayer: 1, indications: "---D", differences: [1] },
      ],
      chains: 2,
      resolutions: 2,
    };
    const packets = stream([
      { template: 3, structure },
      { template: 5, activeTargets: "1111" },
      { template: 4 },
      { template: 6, activeTargets: "0011", indications: "---D" },
    ]);
    expect(packets.map(({ spatialLayer, temporalLayer }) => [spatialLayer, temporalLayer])).toEqual([
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ]);
    expect(syncsOf(packets)).toEqual([false, false, true, true]);
  });

  it("[CI12] reads structures with every number of chains and templates", () => {
    const structures = fc.record({
      offset: fc.nat(63),
      chains: fc.nat(4),
      resolutions: fc.constantFrom(0, 1),
      templates: fc.array(
        fc.record({
          temporalLayer: fc.nat(3),
          indications: fc.string({ unit: fc.constantFrom("-", "D", "S", "R"), minLength: 4, maxLength: 4 }),
          differences: fc.array(fc.integer({ min: 1, max: 16 }), { maxLength: 3 }),
        }),
        { minLength: 1, maxLength: 12 },
      ),
    });
    fc.assert(
      fc.property(structures, ({ templates, ...rest }) => {
        // Each layer is the same as the one before it or the next one.
        let layer = 0;
        const sorted = templates.map((template, index) => {
          if (index > 0 && template.temporalLayer > 1) layer = Math.min(layer + 1, 7);
          return { ...template, temporalLayer: layer };
        });
        const structure = { ...rest, templates: sorted };
        const ids = sorted.map((_, index) => (rest.offset + index) % 64);
        const packets = stream([{ template: rest.offset, structure }, ...ids.map((template) => ({ template }))]);
        expect(layersOf(packets).slice(1)).toEqual(sorted.map(({ temporalLayer }) => temporalLayer));
      }),
    );
  });

  it("[CI12] without a structure, and for a template that it does not have, there is one layer", () => {
    expect(layersOf(stream([{ template: t2 }]))).toEqual([0]);
    expect(layersOf(stream([l1t3Keyframe, { template: t2 }, { template: 30 }]))).toEqual([0, 2, 0]);
    const inspected = new InspectedStream("video/AV1");
    expect(inspected.take({ payload: frame, descriptor: "01 00" })).toMatchObject({
      isFrameStart: true,
      temporalLayer: 0,
    });
  });

  it("[CI12] a new structure replaces the old one", () => {
    const l1t1 = { offset: 2, templates: [{ temporalLayer: 0, indications: "S" }] };
    const packets = stream([l1t3Keyframe, { template: t2 }, { template: 2, structure: l1t1 }, { template: t2 }]);
    expect(layersOf(packets)).toEqual([0, 2, 0, 0]);
    const templates = (indications: string) => [
      { temporalLayer: 0, indications: "SS" },
      { temporalLayer: 1, indications },
    ];
    const swapped = stream([
      { template: 0, structure: { offset: 0, templates: templates("D-") } },
      { template: 2, structure: { offset: 2, templates: templates("-D") } },
      { template: 2, indications: "SR" },
      { template: 3 },
      { template: 2, indications: "SR" },
      { template: 3 },
    ]);
    expect(syncsOf(swapped)).toEqual([false, false, false, true, false, false]);
  });

  it("[CI13] the first frame of a layer after one that can be switched at is a layer sync, the next is none", () => {
    const packets = stream([
      l1t3Keyframe,
      { template: t2 },
      { template: t1 },
      { template: t1, indications: "-D-" },
      { template: t2 },
      { template: t2 },
      { template: t0 },
      { template: t1 },
    ]);
    expect(syncsOf(packets)).toEqual([false, true, true, false, true, false, false, true]);
  });

  it("[CI13] indications of a frame's own count instead of its template's", () => {
    expect(
      syncsOf(stream([l1t3Keyframe, { template: t1 }, { template: t0, indications: "SRR" }, { template: t1 }])),
    ).toEqual([false, true, false, false]);
  });

  it("[CI13] indications stand behind the active decode targets, and behind the whole structure", () => {
    const switched = [l1t3Keyframe, { template: t1 }, { template: t0, activeTargets: "111", indications: "SSS" }];
    expect(syncsOf(stream([...switched, { template: t1 }]))).toEqual([false, true, false, true]);
    const structure = { ...l1t3, chains: 2, resolutions: 1 };
    const syncAfter = (indications: string) =>
      syncsOf(stream([{ template: key, structure, indications }, { template: t1 }]))[1];
    expect(syncAfter("SSR")).toBe(true);
    expect(syncAfter("SRS")).toBe(false);
  });

  it("[CI13] a frame of the lowest layer is no layer sync, whatever is indicated", () => {
    expect(syncsOf(stream([l1t3Keyframe, { template: t1, indications: "S--" }, { template: t0 }]))[2]).toBe(false);
  });

  it("[CI13] every packet of the frame says so", () => {
    const inspected = new InspectedStream("video/AV1");
    const descriptor = (template: number, frameNumber: number, isStart: boolean, structure?: MadeStructure) =>
      writeDescriptor({ template, frameNumber, isStart, ...(structure ? { structure } : {}) });
    inspected.take({ payload: newSequence, descriptor: descriptor(key, 1, true, l1t3) });
    expect(inspected.take({ payload: frame, descriptor: descriptor(t1, 2, true) }).isLayerSync).toBe(true);
    expect(inspected.take({ payload: frame, descriptor: descriptor(t1, 2, false) }).isLayerSync).toBe(true);
    const afterLoss = { payload: frame, descriptor: descriptor(t1, 3, false), sequenceNumber: 110 };
    expect(inspected.take(afterLoss).isLayerSync).toBe(false);
    expect(inspected.take({ payload: frame, descriptor: descriptor(t1, 4, true) }).isLayerSync).toBe(false);
  });

  it("[CI13] no layer sync is told across a loss, nor for packets that come late", () => {
    const packets = stream([
      { ...l1t3Keyframe, sequenceNumber: 200 },
      { template: t1, sequenceNumber: 202 },
      { template: t0, sequenceNumber: 201 },
      { template: t1, sequenceNumber: 203 },
      { template: t0, sequenceNumber: 204 },
      { template: t1, sequenceNumber: 205 },
    ]);
    expect(syncsOf(packets)).toEqual([false, false, false, false, false, true]);
    expect(layersOf(packets)).toEqual([0, 1, 0, 1, 0, 1]);
  });

  it("[CI14] a packet that comes late brings no structure, and has no layer if it is older than the structure", () => {
    const l1t1 = { offset: 61, templates: [{ temporalLayer: 0, indications: "S" }] };
    const packets = stream([
      { ...l1t3Keyframe, sequenceNumber: 200 },
      { template: t2, sequenceNumber: 201 },
      { template: 61, structure: l1t1, sequenceNumber: 199 },
      { template: t2, sequenceNumber: 198 },
      { template: t2, sequenceNumber: 202 },
    ]);
    expect(layersOf(packets)).toEqual([0, 2, 0, 0, 2]);
  });

  it("[CI14] a structure that is cut off or has too many layers is as none", () => {
    const descriptor = writeDescriptor({ ...l1t3Keyframe, frameNumber: 0 });
    const many = Array.from({ length: 9 }, (_, temporalLayer) => ({ temporalLayer, indications: "S" }));
    const far = Array.from({ length: 5 }, (_, spatialLayer) => ({ spatialLayer, temporalLayer: 0, indications: "S" }));
    const broken = [
      descriptor.slice(0, -4),
      writeDescriptor({ template: 0, frameNumber: 0, structure: { offset: 59, templates: many } }),
      writeDescriptor({ template: 0, frameNumber: 0, structure: { offset: 59, templates: far } }),
    ];
    for (const each of broken) {
      const inspected = new InspectedStream("video/AV1");
      inspected.take({ payload: newSequence, descriptor });
      inspected.take({ payload: newSequence, descriptor: each });
      const packet = inspected.take({ payload: frame, descriptor: writeDescriptor({ template: t2, frameNumber: 2 }) });
      expect(packet).toMatchObject({ temporalLayer: 0, spatialLayer: 0, isFrameStart: true });
    }
  });

  it("[CI14] indications that are cut off leave a frame without a layer", () => {
    const inspected = new InspectedStream("video/AV1");
    inspected.take({ payload: newSequence, descriptor: writeDescriptor({ ...l1t3Keyframe, frameNumber: 0 }) });
    const descriptor = writeDescriptor({ template: t2, frameNumber: 1, indications: "--D" });
    expect(inspected.take({ payload: frame, descriptor }).temporalLayer).toBe(2);
    expect(inspected.take({ payload: frame, descriptor: descriptor.slice(0, -2) }).temporalLayer).toBe(0);
  });

  it("[CI2] a packet without a payload says nothing", () => {
    const inspected = new InspectedStream("video/AV1");
    expect(payloadFields(inspected.take(""))).toEqual(noFields);
    expect(payloadFields(inspected.take({ payload: "", descriptor: "c1 0001" }))).toEqual(noFields);
  });

  it.each(["av1_l1t1", "av1_l1t3", "av1_l2t2"])("[CI15] reads what Chromium sends: %s", (name) => {
    const inspector = findInspector("video/AV1");
    let previous = "";
    let keyframes = 0;
    for (const packet of readFixture(name)) {
      inspector(packet);
      if (packet.payloadLength === 0) continue;
      const id = `${packet.timestamp} ${packet.spatialLayer}`;
      expect(packet.isFrameStart).toBe(id !== previous);
      previous = id;
      // A sequence header (AV1 Bitstream & Decoding Process, 6.2.2) behind the aggregation header and its length.
      const header = packet.bytes[packet.payloadOffset] ?? 0;
      const isCounted = ((header >> 4) & 0x03) !== 1;
      const obu = packet.bytes[packet.payloadOffset + (isCounted ? 2 : 1)] ?? 0;
      expect(packet.isKeyframeStart).toBe((header & 0x80) === 0 && ((obu >> 3) & 0x0f) === 1);
      if (packet.isKeyframeStart) keyframes += 1;
    }
    expect(keyframes).toBeGreaterThan(0);
  });

  it("[CI15] reads the temporal and spatial layers that Chromium sends", () => {
    const read = (name: string) => {
      const inspector = findInspector("video/AV1");
      const packets = readFixture(name);
      for (const packet of packets) inspector(packet);
      return packets.filter(({ isFrameStart }) => isFrameStart).slice(0, 8);
    };
    const temporal = read("av1_l1t3");
    expect(temporal.map(({ temporalLayer }) => temporalLayer)).toEqual([0, 2, 1, 2, 0, 2, 1, 2]);
    expect(temporal.map(({ isLayerSync }) => isLayerSync)).toEqual(temporal.map((each) => each.temporalLayer > 0));
    const spatial = read("av1_l2t2");
    expect(spatial.map(({ spatialLayer }) => spatialLayer)).toEqual([0, 1, 0, 1, 0, 1, 0, 1]);
    expect(spatial.map(({ temporalLayer }) => temporalLayer)).toEqual([0, 0, 1, 1, 0, 0, 1, 1]);
  });
});
