import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ReceptionReport } from "../../../../transport/media/rtp/rtcp_listener.ts";
import { readRtcp } from "../../../../transport/media/rtp/rtcp_reader.ts";
import { RtcpWriter } from "../../../../transport/media/rtp/rtcp_writer.ts";
import { RtcpLog } from "./rtcp_log.ts";

const senderSsrc = 0xfedcba98;
const mediaSsrc = 0x89abcdef;

/** What a writer hands over, copied, as it is valid during the call. */
function write(use: (writer: RtcpWriter) => void): Buffer[] {
  const packets: Buffer[] = [];
  const writer = new RtcpWriter((packet) => packets.push(Buffer.from(packet)));
  use(writer);
  writer.flush();
  writer.flush();
  return packets;
}

function read(packets: readonly Buffer[]): unknown[][] {
  const log = new RtcpLog();
  for (const packet of packets) expect(readRtcp(packet, log)).toBe(true);
  return log.told;
}

function makeReport(ssrc: number): ReceptionReport {
  return {
    ssrc,
    fractionLost: 255,
    cumulativeLost: -3,
    highestSequenceNumber: 0xffff0001,
    jitter: 77,
    lastSr: 0xabcd1234,
    delaySinceLastSr: 0xffffffff,
  };
}

describe("RTCP writer", () => {
  it("[RX14] writes what is read as the same, in one compound packet", () => {
    const packets = write((writer) => {
      writer.senderReport({
        ssrc: senderSsrc,
        ntpMs: 3_918_196_800_500,
        rtpTimestamp: 2 ** 32 + 5,
        packetCount: 2 ** 32 + 6,
        octetCount: 0xfffffff0,
      });
      writer.sourceDescription(senderSsrc, "abc");
      writer.receiverReport(senderSsrc, [makeReport(mediaSsrc), makeReport(1)]);
      writer.receiverReport(senderSsrc, []);
      writer.nack(senderSsrc, mediaSsrc, [0xfffe, 0xffff, 65_536, 14, 15, 100]);
      writer.pictureLoss(senderSsrc, mediaSsrc);
      writer.fullIntraRequest(senderSsrc, mediaSsrc, 257);
    });
    expect(packets).toHaveLength(1);
    expect(read(packets)).toEqual([
      [
        "senderReport",
        senderSsrc,
        {
          ntpMs: 3_918_196_800_500,
          compactNtp: (3_918_196_800 % 65_536) * 65_536 + 0x8000,
          rtpTimestamp: 5,
          packetCount: 6,
          octetCount: 0xfffffff0,
        },
      ],
      ["receptionReport", senderSsrc, makeReport(mediaSsrc)],
      ["receptionReport", senderSsrc, makeReport(1)],
      ["nack", mediaSsrc, [0xfffe, 0xffff, 0, 14, 15, 100]],
      ["pictureLoss", mediaSsrc],
      ["fullIntraRequest", mediaSsrc, 1],
    ]);
    // One word for 0xfffe and those up to 14, 16 packets on; one for 15, one for 100.
    expect(packets[0]?.includes(Buffer.from("81cd0005fedcba9889abcdeffffe8003000f00000064", "hex"))).toBe(true);
  });

  it("[RX14] names the sender with at least one zero at the end, on whole words", () => {
    for (const cname of ["", "a", "ab", "abc", "abcd", "abcde", "x".repeat(300)]) {
      const [packet] = write((writer) => {
        // What stood there before.
        writer.nack(
          1,
          2,
          Array.from({ length: 200 }, (_, i) => i * 100),
        );
        writer.flush();
        writer.sourceDescription(senderSsrc, cname);
      }).slice(1);
      const name = cname.slice(0, 255);
      const padding = 4 - ((6 + name.length) % 4);
      const length = (4 + 6 + name.length + padding) / 4 - 1;
      expect(packet?.toString("latin1")).toBe(
        `\x81\xca\0${String.fromCharCode(length)}\xfe\xdc\xba\x98\x01${String.fromCharCode(name.length)}${name}${"\0".repeat(padding)}`,
      );
    }
  });

  it("[RX14] packs any list of lost packets so that it is read as the same", () => {
    const lists = fc.uniqueArray(fc.nat(3_000), { maxLength: 900 }).map((list) => list.sort((a, b) => a - b));
    fc.assert(
      fc.property(lists, fc.nat(0xffff), (list, base) => {
        const indexes = list.map((number) => base + number);
        const told = read(write((writer) => writer.nack(senderSsrc, mediaSsrc, indexes)));
        expect(told.flatMap(([, , numbers]) => numbers)).toEqual(indexes.map((index) => index & 0xffff));
      }),
    );
  });

  it("[RX15] hands packets over before they are longer than 1,200 bytes", () => {
    const reports = Array.from({ length: 100 }, (_, i) => makeReport(i));
    const lost = Array.from({ length: 600 }, (_, i) => i * 50);
    const packets = write((writer) => {
      for (let i = 0; i < 200; i += 1) writer.pictureLoss(senderSsrc, i);
      writer.flush();
      for (let i = 0; i < 50; i += 1) {
        writer.senderReport({ ssrc: i, ntpMs: 0, rtpTimestamp: 0, packetCount: 0, octetCount: 0 });
      }
      writer.receiverReport(senderSsrc, reports);
      writer.nack(senderSsrc, mediaSsrc, lost);
    });
    for (const packet of packets) expect(packet.length).toBeLessThanOrEqual(1_200);
    const told = read(packets);
    expect(told.filter(([name]) => name === "pictureLoss")).toHaveLength(200);
    expect(told.filter(([name]) => name === "senderReport").map(([, ssrc]) => ssrc)).toEqual(
      Array.from({ length: 50 }, (_, ssrc) => ssrc),
    );
    expect(told.filter(([name]) => name === "receptionReport").map(([, , report]) => report)).toEqual(reports);
    expect(told.filter(([name]) => name === "nack").flatMap(([, , list]) => list)).toEqual(lost);
  });

  it("[RX15] hands nothing over when nothing was written", () => {
    expect(write((writer) => writer.nack(senderSsrc, mediaSsrc, []))).toEqual([]);
  });
});
