import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { extensionUris } from "../../../../transport/media/rtp/extension_uris.ts";
import {
  findExtensionIds,
  type ReceivedExtensionIds,
  readExtensions,
  readIdentity,
} from "../../../../transport/media/rtp/received_extensions.ts";
import { RtpHeader } from "../../../../transport/media/rtp/rtp_header.ts";
import { RtpPacket } from "../../../../transport/media/rtp/rtp_packet.ts";

const ids: ReceivedExtensionIds = {
  audioLevel: 1,
  videoOrientation: 2,
  transportSequenceNumber: 3,
  mid: 4,
  rid: 5,
  repairedRid: 6,
  dependencyDescriptor: 14,
};

interface PacketOptions {
  readonly profile?: number;
  readonly csrcs?: number;
}

/** A packet with an extension block of these bytes, padded with zeros to whole words, and ones as its payload. */
function datagram(block: readonly number[], { profile = 0xbede, csrcs = 0 }: PacketOptions = {}): Buffer {
  const words = Math.ceil(block.length / 4);
  const bytes = Buffer.alloc(12 + 4 * csrcs + 4 + 4 * words + 8);
  bytes[0] = 0x90 | csrcs;
  bytes.writeUInt16BE(profile, 12 + 4 * csrcs);
  bytes.writeUInt16BE(words, 14 + 4 * csrcs);
  bytes.set(block, 16 + 4 * csrcs);
  bytes.fill(0x11, bytes.length - 8);
  return bytes;
}

function toPacket(bytes: Buffer): RtpPacket {
  // What the slot's last packet left behind the end.
  const slot = Buffer.alloc(1_504, 0x11);
  bytes.copy(slot);
  const packet = new RtpPacket(slot);
  packet.byteLength = bytes.length;
  return packet;
}

function read(block: readonly number[], options?: PacketOptions): Record<string, number> {
  const packet = toPacket(datagram(block, options));
  const transportSequenceNumber = readExtensions(packet, ids);
  const { audioLevel, videoOrientation, dependencyDescriptorOffset, dependencyDescriptorLength } = packet;
  return {
    transportSequenceNumber,
    audioLevel,
    videoOrientation,
    dependencyDescriptorOffset,
    dependencyDescriptorLength,
  };
}

const nothing = {
  transportSequenceNumber: -1,
  audioLevel: -1,
  videoOrientation: -1,
  dependencyDescriptorOffset: -1,
  dependencyDescriptorLength: 0,
};

const text = (value: string): number[] => [...Buffer.from(value)];

describe("Header extensions of received packets", () => {
  it("[RX4] are read in the one-byte form", () => {
    expect(read([0x10, 0xa9, 0x20, 0x03, 0x31, 0xfe, 0xdc, 0xe2, 9, 8, 7])).toEqual({
      transportSequenceNumber: 0xfedc,
      audioLevel: 0xa9,
      videoOrientation: 3,
      dependencyDescriptorOffset: 16 + 8,
      dependencyDescriptorLength: 3,
    });
  });

  it("[RX4] are read in the two-byte form, whatever its application bits, also behind contributing sources", () => {
    for (const profile of [0x1000, 0x100f]) {
      expect(
        read([1, 1, 0xa9, 2, 1, 3, 3, 2, 0xfe, 0xdc, 14, 20, ...Array(20).fill(5)], { profile, csrcs: 2 }),
      ).toEqual({
        transportSequenceNumber: 0xfedc,
        audioLevel: 0xa9,
        videoOrientation: 3,
        dependencyDescriptorOffset: 24 + 12,
        dependencyDescriptorLength: 20,
      });
    }
  });

  it("[RX4] that a packet does not have are absent, whatever its slot held before", () => {
    const packet = toPacket(datagram([0x10, 0xa9, 0x20, 0x03, 0xe0, 1]));
    readExtensions(packet, ids);
    expect(packet).toMatchObject({ audioLevel: 0xa9, dependencyDescriptorLength: 1 });
    packet.bytes[0] = 0x80;
    expect(readExtensions(packet, ids)).toBe(-1);
    const { transportSequenceNumber: _, ...fields } = nothing;
    expect(packet).toMatchObject(fields);
    expect(read([], { profile: 0xbede })).toEqual(nothing);
    for (const profile of [0x1010, 0x0fff, 0xbedf, 0xc0de, 0]) expect(read([0x10, 0xa9], { profile })).toEqual(nothing);
  });

  it("[RX4] that were not negotiated are passed over", () => {
    const none = findExtensionIds([]);
    for (const profile of [0xbede, 0x1000]) {
      const packet = toPacket(datagram([0x10, 0xa9, 0, 1, 0x31, 1, 2, 3], { profile }));
      expect(readExtensions(packet, none)).toBe(-1);
      expect(packet.audioLevel).toBe(-1);
      expect(readIdentity(datagram([0, 0, 2, 65, 65], { profile }), none)).toEqual({
        mid: "",
        rid: "",
        repairedRid: "",
      });
    }
    expect(read([0x73, 1, 2, 3, 4, 0x10, 0x22])).toEqual({ ...nothing, audioLevel: 0x22 });
  });

  it("[RX5] may have zeros before, between and behind them", () => {
    expect(read([0, 0, 0x10, 0x22, 0, 0, 0, 0x31, 1, 2])).toEqual({
      ...nothing,
      audioLevel: 0x22,
      transportSequenceNumber: 0x102,
    });
    expect(read([0, 1, 1, 0x22, 0, 0, 3, 2, 1, 2], { profile: 0x1000 })).toEqual({
      ...nothing,
      audioLevel: 0x22,
      transportSequenceNumber: 0x102,
    });
  });

  it("[RX5] count up to an element that makes no sense", () => {
    const valid = [0x10, 0x22];
    const late = [0x31, 1, 2];
    const expected = { ...nothing, audioLevel: 0x22 };
    // The reserved identifier, padding with a length, and a length over the end of the block.
    expect(read([...valid, 0xf0, 0, ...late])).toEqual(expected);
    expect(read([...valid, 0x03, ...late])).toEqual(expected);
    expect(read([...valid, 0x31])).toEqual(expected);
    expect(read([...valid, 0, 0x31])).toEqual(expected);
    expect(read([...valid, 0xef])).toEqual(expected);
    for (const rest of [[3], [3, 2, 1], [3, 200, 1, 2]]) {
      const block = [1, 1, 0x22, ...Array(5 - rest.length).fill(0), ...rest];
      expect(read(block, { profile: 0x1000 })).toEqual(expected);
    }
  });

  it("[RX5] of a wrong length are passed over", () => {
    expect(read([0x11, 1, 2, 0x21, 1, 2, 0x30, 1, 0x32, 1, 2, 3])).toEqual(nothing);
    expect(read([1, 0, 2, 0, 3, 0, 14, 0], { profile: 0x1000 })).toEqual(nothing);
  });

  it("[RX5] lie within the block, whatever stands in it", () => {
    const header = new RtpHeader();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), fc.nat(40), (block, isOneByte, cut) => {
        const whole = datagram([...block], { profile: isOneByte ? 0xbede : 0x1000 });
        const bytes = whole.subarray(0, whole.length - cut);
        if (!header.read(bytes)) return;
        const packet = toPacket(bytes);
        readExtensions(packet, ids);
        const { dependencyDescriptorOffset: offset, dependencyDescriptorLength: length } = packet;
        if (offset >= 0) expect(offset + length).toBeLessThanOrEqual(header.headerLength);
        expect(readIdentity(bytes, ids).mid.length).toBeLessThanOrEqual(64);
      }),
    );
  });

  it("[RX6] name the section and the layer that a stream belongs to", () => {
    const oneByte = [0x42, ...text("vid"), 0x50, ...text("h"), 0x60, ...text("q")];
    expect(readIdentity(datagram(oneByte), ids)).toEqual({ mid: "vid", rid: "h", repairedRid: "q" });
    const long = "a".repeat(64);
    const twoByte = [4, 64, ...text(long), 5, 2, ...text("l_")];
    expect(readIdentity(datagram(twoByte, { profile: 0x1000 }), ids)).toEqual({
      mid: long,
      rid: "l_",
      repairedRid: "",
    });
    expect(readIdentity(Buffer.concat([Buffer.from([0x80]), Buffer.alloc(30)]), ids).mid).toBe("");
  });

  it("[RX6] name nothing by what is no token, or longer than 64 characters", () => {
    const bad = ["", "a b", "ü", "a\n", "a".repeat(65), "a\0", "<a>"];
    for (const name of bad) {
      const bytes = text(name);
      const block = [4, bytes.length, ...bytes, 5, 1, ...text("h")];
      expect(readIdentity(datagram(block, { profile: 0x1000 }), ids)).toEqual({ mid: "", rid: "h", repairedRid: "" });
    }
  });

  it("[RX4] have the identifiers that were negotiated", () => {
    const found = findExtensionIds([
      { id: 4, uri: extensionUris.mid },
      { id: 14, uri: extensionUris.dependencyDescriptor },
      { id: 9, uri: "urn:unknown" },
      { id: 1, uri: extensionUris.audioLevel },
      { id: 3, uri: extensionUris.transportSequenceNumber },
      { id: 5, uri: extensionUris.rid },
      { id: 6, uri: extensionUris.repairedRid },
      { id: 2, uri: extensionUris.videoOrientation },
    ]);
    expect(found).toEqual(ids);
    expect(findExtensionIds([])).toEqual(Object.fromEntries(Object.keys(ids).map((name) => [name, 0])));
  });
});
