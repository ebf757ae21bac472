import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HeaderTemplate } from "../../../../transport/media/forwarding/header_template.ts";
import type { SentExtensionIds } from "../../../../transport/media/forwarding/sent_parameters.ts";
import type { RtpPacket } from "../../../../transport/media/rtp/rtp_packet.ts";
import { makePacket, readPacket, type Sent } from "./sent_stream_rig.ts";

const allIds: SentExtensionIds = {
  mid: 4,
  transportSequenceNumber: 3,
  absSendTime: 2,
  audioLevel: 1,
  videoOrientation: 5,
  dependencyDescriptor: 6,
};

function write(
  template: HeaderTemplate,
  packet: RtpPacket,
  hasMid: boolean,
): { sent: Sent; transportSequenceOffset: number; sendTimeOffset: number } {
  const out = {
    buffer: Buffer.alloc(1_024, 0xdd),
    start: 64,
    headerLength: 0,
    end: 0,
    index: 0,
    transportSequenceOffset: -1,
    sendTimeOffset: -1,
  };
  const length = template.measure(packet, hasMid);
  template.write(out, packet, hasMid);
  expect(out.headerLength).toBe(length);
  expect(length % 4).toBe(0);
  expect(out.buffer.subarray(64 + length).every((byte) => byte === 0xdd)).toBe(true);
  const sent = readPacket(Buffer.from(out.buffer.subarray(64, 64 + length)));
  expect(sent.payload.length).toBe(0);
  return {
    sent,
    transportSequenceOffset: out.transportSequenceOffset - 64,
    sendTimeOffset: out.sendTimeOffset - 64,
  };
}

function withDescriptor(length: number): RtpPacket {
  const packet = makePacket({ dependencyDescriptorOffset: 400, dependencyDescriptorLength: length });
  for (let offset = 0; offset < length; offset += 1) packet.bytes[400 + offset] = offset + 1;
  return packet;
}

describe("HeaderTemplate", () => {
  it("[TX11] writes the extensions that were agreed on and that the packet has, with places for the outlet", () => {
    const template = new HeaderTemplate(0xfedc_ba98, { mid: "12", extensionIds: allIds });
    const { sent, transportSequenceOffset, sendTimeOffset } = write(template, makePacket({ audioLevel: 0x85 }), true);
    expect(sent.ssrc).toBe(0xfedc_ba98);
    expect([...sent.extensions.keys()].sort()).toEqual([1, 2, 3, 4]);
    expect(sent.extensions.get(1)).toEqual(Buffer.of(0x85));
    expect(sent.extensions.get(4)?.toString()).toBe("12");
    expect([sent.bytes.readUInt8(transportSequenceOffset - 1), sent.bytes.readUInt8(sendTimeOffset - 1)]).toEqual([
      0x31, 0x22,
    ]);
    const other = write(template, makePacket({ videoOrientation: 3 }), false).sent.extensions;
    expect([...other.keys()].sort()).toEqual([2, 3, 5]);
    expect(other.get(5)).toEqual(Buffer.of(3));
  });

  it("[TX11] writes a plain header without extensions, and none that was not agreed on", () => {
    const template = new HeaderTemplate(1, { mid: "12", extensionIds: {} });
    const packet = makePacket({
      audioLevel: 5,
      videoOrientation: 3,
      dependencyDescriptorOffset: 0,
      dependencyDescriptorLength: 5,
    });
    const { sent, transportSequenceOffset, sendTimeOffset } = write(template, packet, true);
    expect(sent.bytes).toEqual(Buffer.from("800000000000000000000001", "hex"));
    expect([transportSequenceOffset, sendTimeOffset]).toEqual([-65, -65]);
  });

  it("[TX11] passes on dependency descriptors of every length, those over 16 bytes in extensions with two bytes of head", () => {
    for (const [ids, id] of [
      [allIds, 6],
      [{ dependencyDescriptor: 9 }, 9],
      [{ dependencyDescriptor: 15, transportSequenceNumber: 3 }, 15],
    ] as const) {
      const template = new HeaderTemplate(1, { mid: "12", extensionIds: ids });
      for (let length = 1; length <= 255; length += 1) {
        const packet = withDescriptor(length);
        const { sent } = write(template, packet, true);
        expect(sent.extensions.get(id)).toEqual(packet.bytes.subarray(400, 400 + length));
        expect(sent.bytes.readUInt16BE(12)).toBe(length > 16 || id > 14 ? 0x1000 : 0xbede);
        if ("transportSequenceNumber" in ids) expect(sent.extensions.get(3)?.length).toBe(2);
      }
      expect(write(template, withDescriptor(0), true).sent.extensions.has(id)).toBe(false);
    }
  });

  it("[TX11] takes two bytes of head for identifiers over 14 and mids over 16 bytes", () => {
    const mid = "a-mid-that-is-longer-than-16";
    const long = write(new HeaderTemplate(1, { mid, extensionIds: allIds }), makePacket(), true);
    expect(long.sent.extensions.get(4)?.toString()).toBe(mid);
    const high = write(new HeaderTemplate(1, { mid: "1", extensionIds: { absSendTime: 200 } }), makePacket(), true);
    expect(high.sent.extensions.get(200)?.length).toBe(3);
    expect(high.sendTimeOffset).toBe(18);
  });

  it("[TX11] writes a header that says what it holds, whatever was agreed on and whatever the packet has", () => {
    const id = fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined });
    const byte = fc.integer({ min: -1, max: 255 });
    fc.assert(
      fc.property(
        fc.uniqueArray(id, { minLength: 6, maxLength: 6, comparator: (a, b) => a !== undefined && a === b }),
        fc.record({ audioLevel: byte, videoOrientation: byte, descriptor: fc.integer({ min: 0, max: 40 }) }),
        fc.boolean(),
        (ids, { descriptor, ...fields }, hasMid) => {
          const [mid, transportSequenceNumber, absSendTime, audioLevel, videoOrientation, dependencyDescriptor] = ids;
          const named = {
            mid,
            transportSequenceNumber,
            absSendTime,
            audioLevel,
            videoOrientation,
            dependencyDescriptor,
          };
          const agreed = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
          const packet = Object.assign(withDescriptor(descriptor), fields);
          const { sent } = write(new HeaderTemplate(1, { mid: "xyz", extensionIds: agreed }), packet, hasMid);
          const expected = new Map<number | undefined, number | undefined>([
            [transportSequenceNumber, 2],
            [absSendTime, 3],
            [hasMid ? mid : undefined, 3],
            [fields.audioLevel >= 0 ? audioLevel : undefined, 1],
            [fields.videoOrientation >= 0 ? videoOrientation : undefined, 1],
            [descriptor > 0 ? dependencyDescriptor : undefined, descriptor],
          ]);
          expected.delete(undefined);
          expect(new Map([...sent.extensions].map(([key, value]) => [key, value.length]))).toEqual(expected);
        },
      ),
    );
  });
});
