import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maxNackedPackets, maxReadRtcpBytes, readRtcp } from "../../../../transport/media/rtp/rtcp_reader.ts";
import { RtcpLog } from "./rtcp_log.ts";

const senderSsrc = 0xfedcba98;
const mediaSsrc = 0x89abcdef;

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** One RTCP packet; a body that is no multiple of 4 bytes is a mistake of the test. */
function rtcp(type: number, count: number, ...body: (Buffer | number)[]): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(4), ...body.map((part) => (Buffer.isBuffer(part) ? part : word(part)))]);
  bytes[0] = 0x80 | count;
  bytes[1] = type;
  bytes.writeUInt16BE(bytes.length / 4 - 1, 2);
  return bytes;
}

function read(...packets: Buffer[]): { isWhole: boolean; told: unknown[][] } {
  const log = new RtcpLog();
  const isWhole = readRtcp(Buffer.concat(packets), log);
  return { isWhole, told: log.told };
}

const block = Buffer.from("89abcdef40fffffe0001fffe000003e8567890ab00018000", "hex");
const report = {
  ssrc: mediaSsrc,
  fractionLost: 64,
  cumulativeLost: -2,
  highestSequenceNumber: 0x1fffe,
  jitter: 1_000,
  lastSr: 0x567890ab,
  delaySinceLastSr: 0x18000,
};
const senderInfo = Buffer.from("e98f8d0080000000fedcba98000000070000ffff", "hex");
const info = {
  ntpMs: 0xe98f8d00 * 1_000 + 500,
  compactNtp: 0x8d008000,
  rtpTimestamp: 0xfedcba98,
  packetCount: 7,
  octetCount: 65_535,
};
const pictureLoss = rtcp(206, 1, senderSsrc, mediaSsrc);

describe("RTCP reader", () => {
  it("[RX10] tells a compound packet piece by piece", () => {
    const twcc = rtcp(205, 15, senderSsrc, mediaSsrc, 0x00010002, 0x00000301, 0x20020000);
    const { isWhole, told } = read(
      rtcp(200, 1, senderSsrc, senderInfo, block),
      rtcp(202, 1, senderSsrc, Buffer.from("0103616263000000", "hex")),
      rtcp(201, 2, senderSsrc, block, block),
      pictureLoss,
      rtcp(206, 4, senderSsrc, 0, mediaSsrc, 0x09000000, 5, 0xff000000),
      rtcp(206, 15, senderSsrc, 0, Buffer.from("REMB"), 0x0213d090, mediaSsrc, 5),
      twcc,
      rtcp(203, 2, senderSsrc, 5, Buffer.from("0362796500000000", "hex")),
    );
    expect(isWhole).toBe(true);
    expect(told).toEqual([
      ["senderReport", senderSsrc, info],
      ["receptionReport", senderSsrc, report],
      ["receptionReport", senderSsrc, report],
      ["receptionReport", senderSsrc, report],
      ["pictureLoss", mediaSsrc],
      ["fullIntraRequest", mediaSsrc, 9],
      ["fullIntraRequest", 5, 255],
      ["bandwidthLimit", 0x3d090 * 16, [mediaSsrc, 5]],
      ["transportFeedback", twcc.toString("hex")],
      ["goodbye", [senderSsrc, 5]],
    ]);
  });

  it("[RX10] tells which packets are asked for, also past 65,535", () => {
    const { told } = read(rtcp(205, 1, senderSsrc, mediaSsrc, 0xfffe8005, 0x00640000));
    expect(told).toEqual([["nack", mediaSsrc, [0xfffe, 0xffff, 1, 14, 100]]]);
  });

  it("[RX10] reads packets with padding", () => {
    const padded = rtcp(203, 2, 5, Buffer.from("00000004", "hex"));
    padded[0] = (padded[0] ?? 0) | 0x20;
    const odd = rtcp(203, 2, 5, Buffer.from("00000002", "hex"));
    odd[0] = (odd[0] ?? 0) | 0x20;
    expect(read(odd).told).toEqual([["goodbye", [5]]]);
    expect(read(padded, pictureLoss)).toEqual({
      isWhole: true,
      told: [
        ["goodbye", [5]],
        ["pictureLoss", mediaSsrc],
      ],
    });
  });

  it("[RX11] skips packets of other types and formats, and bodies that are too short", () => {
    const { isWhole, told } = read(
      rtcp(204, 0, senderSsrc, Buffer.from("name")),
      rtcp(207, 0, senderSsrc, 0x04000000),
      rtcp(192, 0),
      rtcp(206, 2, senderSsrc, mediaSsrc, 0),
      rtcp(206, 15, senderSsrc, 0, Buffer.from("REMC"), 0x0113d090, mediaSsrc),
      rtcp(206, 15, senderSsrc, 0, Buffer.from("REMB")),
      rtcp(205, 3, senderSsrc, mediaSsrc, 0, 0),
      rtcp(205, 1, senderSsrc, mediaSsrc),
      rtcp(205, 1, senderSsrc),
      rtcp(206, 1),
      rtcp(206, 4, senderSsrc, 0, mediaSsrc),
      rtcp(200, 0, senderSsrc, senderInfo.subarray(4)),
      rtcp(201, 0),
      pictureLoss,
    );
    expect(isWhole).toBe(true);
    expect(told).toEqual([["pictureLoss", mediaSsrc]]);
  });

  it("[RX11] reads no more report blocks, sources and entries than there are", () => {
    const { told } = read(
      rtcp(201, 31, senderSsrc, block, block.subarray(0, 20)),
      rtcp(203, 31, 5),
      rtcp(206, 15, senderSsrc, 0, Buffer.from("REMB"), 0xff000001, 5),
      rtcp(201, 0, senderSsrc, block),
    );
    expect(told).toEqual([
      ["receptionReport", senderSsrc, report],
      ["goodbye", [5]],
      ["bandwidthLimit", 1, [5]],
    ]);
  });

  it("[RX12] stops at what is not well formed", () => {
    const tooLong = rtcp(203, 1, 5);
    tooLong.writeUInt16BE(2, 2);
    const paddings = [0, 9, 255].map((padding) => {
      const packet = rtcp(203, 1, 5, padding);
      packet[0] = (packet[0] ?? 0) | 0x20;
      return packet;
    });
    const version = rtcp(203, 1, 5);
    version[0] = 0x41;
    for (const bad of [tooLong, ...paddings, version, Buffer.from([0x80]), Buffer.from("80cb00", "hex")]) {
      expect(read(pictureLoss, bad)).toEqual({ isWhole: false, told: [["pictureLoss", mediaSsrc]] });
    }
    expect(read(Buffer.alloc(0)).isWhole).toBe(false);
  });

  it("[RX12] tells nothing that is not in the packet, whatever it holds", () => {
    const types = fc.constantFrom(200, 201, 202, 203, 205, 206);
    const packets = fc.array(fc.tuple(types, fc.nat(31), fc.uint8Array({ maxLength: 80 })), { maxLength: 6 });
    fc.assert(
      fc.property(packets, fc.nat(8), fc.nat(255), fc.nat(500), (parts, cut, value, at) => {
        const whole = Buffer.concat(
          parts.map(([type, count, body]) => rtcp(type, count, Buffer.from(body.subarray(0, body.length & ~3)))),
        );
        if (whole.length > 0) whole[at % whole.length] = value;
        // Bytes behind the end that nobody may read.
        const backing = Buffer.alloc(whole.length + 600, 0xee);
        whole.copy(backing);
        const end = Math.max(whole.length - cut, 0);
        const log = new RtcpLog();
        readRtcp(backing.subarray(0, end), log);
        const alone = new RtcpLog();
        readRtcp(Buffer.from(backing.subarray(0, end)), alone);
        expect(log.told).toEqual(alone.told);
        expect(JSON.stringify(log.told)).not.toContain("null");
      }),
    );
  });

  it("[RX13] reads nothing of a packet over 2,048 bytes", () => {
    expect(maxReadRtcpBytes).toBe(2_048);
    const fill = rtcp(204, 0, Buffer.alloc(maxReadRtcpBytes - pictureLoss.length - 4));
    expect(read(pictureLoss, fill)).toEqual({ isWhole: true, told: [["pictureLoss", mediaSsrc]] });
    expect(read(pictureLoss, fill, rtcp(204, 0))).toEqual({ isWhole: false, told: [] });
  });

  it("[RX13] tells of 1,000 lost packets in one compound packet at most", () => {
    const all = Array.from({ length: 40 }, (_, i) => i * 17 * 65_536 + 0xffff);
    const { isWhole, told } = read(
      rtcp(205, 1, senderSsrc, 1, ...all),
      rtcp(205, 1, senderSsrc, 2, ...all),
      rtcp(205, 1, senderSsrc, 3, ...all),
      pictureLoss,
    );
    expect(isWhole).toBe(true);
    const lists = told.filter(([name]) => name === "nack").map(([, ssrc, list]) => [ssrc, (list as number[]).length]);
    expect(lists).toEqual([
      [1, 680],
      [2, 320],
    ]);
    expect(maxNackedPackets).toBe(1_000);
    expect(told.at(-1)).toEqual(["pictureLoss", mediaSsrc]);
  });
});
