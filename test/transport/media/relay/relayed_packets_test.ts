import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { RtpCodec } from "../../../../transport/media/forwarding/media_source.ts";
import type { SentParameters } from "../../../../transport/media/forwarding/sent_parameters.ts";
import { payloadFields } from "../codec/inspected_stream.ts";
import { readFixture } from "../codec/read_fixture.ts";
import { type Sent, videoParameters, vp8, vp9 } from "../forwarding/sent_stream_rig.ts";
import { extensionIds, writeRtp } from "./published_stream.ts";
import { RelayRig, type Subscriber } from "./relay_rig.ts";
import { Vp8Encoder } from "./vp8_encoder.ts";

beforeEach(() => {
  vi.useFakeTimers({ toNotFake: ["queueMicrotask", "nextTick", "setImmediate"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const all = Number.MAX_SAFE_INTEGER;
const h264: RtpCodec = {
  payloadType: 104,
  mimeType: "video/H264",
  clockRate: 90_000,
  parameters: "profile-level-id=42e01f;packetization-mode=1",
};
const av1: RtpCodec = { payloadType: 45, mimeType: "video/AV1", clockRate: 90_000, parameters: "" };
const codecs = [vp8, vp9, h264, av1];
const parameters: SentParameters = { ...videoParameters, codecs };

function hex({ outlet }: Subscriber): string[] {
  return outlet.take().map(({ bytes }) => bytes.toString("hex"));
}

const recordings = [
  ["vp8_l1t1", vp8],
  ["vp8_l1t3", vp8],
  ["vp9_l1t1", vp9],
  ["vp9_l1t3", vp9],
  ["vp9_l3t3_key", vp9],
  ["h264_l1t1", h264],
  ["av1_l1t1", av1],
  ["av1_l1t3", av1],
  ["av1_l2t2", av1],
] as const;

/** What happens to the packets of a turn on their way to the publisher's node, and what subscribers do. */
const turn = fc.record({
  frames: fc.integer({ min: 1, max: 3 }),
  packets: fc.integer({ min: 1, max: 6 }),
  temporalLayer: fc.integer({ min: 0, max: 2 }),
  isKeyframe: fc.boolean(),
  /** By packet: lost for good, late by a turn, a retransmission in the next turn, twice. */
  fate: fc.array(fc.constantFrom("fine", "fine", "fine", "fine", "lost", "late", "repaired", "twice", "early"), {
    minLength: 1,
    maxLength: 18,
  }),
  action: fc.constantFrom(
    "none",
    "none",
    "none",
    "temporal 0",
    "temporal 1",
    "all",
    "mute",
    "nack",
    "report",
    "replace",
  ),
  waitMs: fc.constantFrom(1, 33, 33, 100, 700),
});

describe("relayed packets", () => {
  it.each(recordings)("[RL3] a recording of %s reaches subscribers as on its publisher's node", async (name, codec) => {
    const rig = new RelayRig({ codecs });
    const node = rig.openNode();
    const [local, relayed] = [rig.subscribe({ parameters }), node.subscribe({ parameters })];
    await rig.settle();
    let count = 0;
    for (const packet of readFixture(name)) {
      const { bytes, payloadOffset, payloadLength, dependencyDescriptorOffset: at } = packet;
      const descriptor = bytes.subarray(at, at + packet.dependencyDescriptorLength);
      rig.streams[0]?.receive(
        writeRtp({
          payloadType: codec.payloadType,
          sequenceNumber: packet.sequenceNumber,
          timestamp: packet.timestamp,
          marker: packet.marker,
          payload: Buffer.from(bytes.subarray(payloadOffset, payloadOffset + payloadLength)),
          extensions: new Map([
            [extensionIds.mid, Buffer.from("0")],
            ...(at < 0 ? [] : [[extensionIds.dependencyDescriptor, descriptor] as const]),
            [extensionIds.videoOrientation, Buffer.from([count & 3])],
          ]),
        }),
      );
      await vi.advanceTimersByTimeAsync(5);
      await rig.settle();
      const [here, there] = [rig.track, node.track].map(({ source }) =>
        source.layers[0]?.history.get(packet.sequenceNumber),
      );
      if (here === undefined || there === undefined) throw new Error(`Packet ${packet.sequenceNumber} is not kept`);
      expect(payloadFields(there)).toEqual(payloadFields(here));
      count += 1;
    }
    const expected = hex(local);
    expect(expected.length).toBeGreaterThan(count / 4);
    expect(hex(relayed)).toEqual(expected);
  });

  it("[RL3] whatever was lost, late, repeated, repaired or left out, a subscriber gets the same bytes as on the publisher's node", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(turn, { minLength: 3, maxLength: 40 }),
        fc.constantFrom(10, 65_500, 65_534),
        async (turns, sequenceNumber) => {
          const rig = new RelayRig({ codecs: [vp8] });
          let encoder = new Vp8Encoder("", { sequenceNumber, timestamp: 0xffff_f000, pictureId: 0x7ff0 });
          const node = rig.openNode();
          const pair = [rig.subscribe(), node.subscribe()];
          await rig.settle();
          const [stream] = rig.streams;
          if (stream === undefined) throw new Error("There is no stream");
          let later: (() => void)[] = [];
          let ntpMs = 3_900_000_000_000;
          for (const { frames, packets, temporalLayer, isKeyframe, fate, action, waitMs } of turns) {
            await vi.advanceTimersByTimeAsync(waitMs);
            ntpMs += waitMs;
            await rig.settle();
            for (const arrive of later.splice(0)) {
              arrive();
              await rig.settle();
            }
            const now: Buffer[] = [];
            const asked = rig.keyframeRequests.splice(0).length > 0;
            const made = Array.from({ length: frames }, () =>
              encoder.frame({
                packets,
                temporalLayer: isKeyframe || asked ? 0 : temporalLayer,
                isKeyframe: isKeyframe || asked,
              }),
            ).flat();
            for (const [position, packet] of made.entries()) {
              const its = fate[position % fate.length];
              if (its === "late") later.push(() => stream.receive(packet));
              else if (its === "repaired") later.push(() => stream.repair(packet));
              else if (its === "early") now.unshift(packet);
              else if (its !== "lost") now.push(packet);
              if (its === "twice") now.push(packet);
            }
            stream.receive(...now);
            await rig.settle();
            if (action === "mute") {
              rig.track.muted = true;
              await rig.settle();
              rig.track.muted = false;
            } else if (action === "replace") {
              later = [];
              stream.replace();
              encoder = new Vp8Encoder("", { sequenceNumber: 77, timestamp: 1_000, pictureId: 3 });
            } else if (action === "report") stream.report(ntpMs, encoder.timestamp);
            for (const { stream: sent, outlet } of pair) {
              if (action.startsWith("temporal")) sent.setTarget(0, Number(action.at(-1)));
              else if (action === "all") sent.setTarget(0, all);
              else if (action === "nack") {
                const numbers = outlet.sent.slice(-12).map((packet: Sent) => packet.sequenceNumber);
                sent.retransmit(numbers, performance.now());
              }
              sent.tick(performance.now());
            }
            await rig.settle();
            const [here, there] = pair.map(hex);
            expect(there).toEqual(here);
          }
          expect([...rig.faults, ...node.faults]).toEqual([]);
        },
      ),
      { numRuns: 150 },
    );
  }, 120_000);

  it("[RL3] a subscriber that changes layers gets the same as on the publisher's node", async () => {
    const change = fc.record({ frames: fc.integer({ min: 1, max: 25 }), layer: fc.integer({ min: 0, max: 2 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 12 }), async (changes) => {
        const rig = new RelayRig({ rids: ["q", "h", "f"], codecs: [vp8] });
        const encoders = rig.streams.map(
          (_, layer) =>
            new Vp8Encoder(`${layer}:`, {
              sequenceNumber: 9_000 * layer,
              timestamp: 77_777 * layer,
              pictureId: 40 * layer,
            }),
        );
        const ntpMs = 3_900_000_000_000;
        const from = performance.now();
        const play = async (frames: number, pair: readonly Subscriber[]): Promise<void> => {
          for (let frame = 0; frame < frames; frame += 1) {
            await vi.advanceTimersByTimeAsync(33);
            await rig.settle();
            const asked = new Set(rig.keyframeRequests.splice(0));
            for (const [layer, encoder] of encoders.entries()) {
              const isKeyframe = asked.has(layer);
              rig.streams[layer]?.receive(...encoder.frame({ isKeyframe }));
              rig.streams[layer]?.report(ntpMs + performance.now() - from, encoder.timestamp);
            }
            await rig.settle();
            for (const { stream } of pair) if (frame % 3 === 0) stream.tick(performance.now());
            await rig.settle();
          }
        };
        await play(45, []);
        const node = rig.openNode();
        const pair = [rig.subscribe(), node.subscribe()];
        for (const { frames, layer } of changes) {
          for (const { stream } of pair) stream.setTarget(layer, all);
          await rig.settle();
          await play(frames, pair);
        }
        const [here, there] = pair.map(({ outlet }) =>
          outlet.take().map(({ payload, index }) => `${index} ${payload.toString("latin1")}`),
        );
        expect(there).toEqual(here);
      }),
      { numRuns: 40 },
    );
  }, 120_000);
});
