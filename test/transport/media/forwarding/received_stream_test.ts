import { describe, expect, it } from "vitest";
import type { RtpCodec } from "../../../../transport/media/forwarding/media_source.ts";
import { ReceivedStream, type ReceivedStreamOptions } from "../../../../transport/media/forwarding/received_stream.ts";
import { type ReceivedExtensionIds, readExtensions } from "../../../../transport/media/rtp/received_extensions.ts";
import { RtpHeader } from "../../../../transport/media/rtp/rtp_header.ts";
import { RtpPacket } from "../../../../transport/media/rtp/rtp_packet.ts";

const ssrc = 0x89abcdef;
const vp8: RtpCodec = { payloadType: 96, mimeType: "video/VP8", clockRate: 90_000, parameters: "" };
const h264: RtpCodec = { payloadType: 102, mimeType: "video/H264", clockRate: 90_000, parameters: "" };
const ids: ReceivedExtensionIds = {
  audioLevel: 1,
  videoOrientation: 2,
  transportSequenceNumber: 3,
  mid: 4,
  rid: 5,
  repairedRid: 6,
  dependencyDescriptor: 7,
};

/** What this file's inspector takes for the start of one. */
const keyframe = Buffer.from("keyframe");

interface Datagram {
  readonly ssrc?: number;
  readonly payloadType?: number;
  readonly marker?: boolean;
  readonly timestamp?: number;
  readonly payload?: Buffer;
  /** Bytes of padding, and what their count says. */
  readonly padding?: number;
  readonly paddingCount?: number;
  /** Of audio level 0x85, orientation 1 and a dependency descriptor of 1, 2, 3. */
  readonly hasExtensions?: boolean;
}

function datagram(sequenceNumber: number, options: Datagram = {}): Buffer {
  const { payload = Buffer.from("payload"), padding = 0, marker = false, hasExtensions = false } = options;
  const header = Buffer.alloc(12);
  header[0] = 0x80 | (padding > 0 ? 0x20 : 0) | (hasExtensions ? 0x10 : 0);
  header[1] = (marker ? 0x80 : 0) | (options.payloadType ?? 96);
  header.writeUInt16BE(sequenceNumber & 0xffff, 2);
  header.writeUInt32BE(options.timestamp ?? sequenceNumber * 90, 4);
  header.writeUInt32BE(options.ssrc ?? ssrc, 8);
  const extensions = Buffer.from(hasExtensions ? "bede000210852001" + "72010203" : "", "hex");
  const tail = Buffer.alloc(padding);
  if (padding > 0) tail[padding - 1] = options.paddingCount ?? padding;
  return Buffer.concat([header, extensions, payload, tail]);
}

/** A stream with what its transport does, but for encryption. */
class Bench {
  nowMs = 1_000;
  keyframesWanted = 0;
  readonly codecs = new Map([vp8, h264].map((codec) => [codec.payloadType, codec]));
  readonly created: string[] = [];
  readonly stream: ReceivedStream;
  readonly header = new RtpHeader();
  readonly scratch = new RtpPacket(Buffer.alloc(1_504));

  constructor(options: Partial<ReceivedStreamOptions> = {}) {
    this.stream = new ReceivedStream({
      ssrc,
      rid: "h",
      kind: "video",
      hasNack: true,
      findCodec: (payloadType) => this.codecs.get(payloadType),
      createInspector: (mimeType) => {
        this.created.push(mimeType);
        let count = 0;
        return (packet) => {
          count += 1;
          packet.pictureId = count;
          packet.temporalLayer = packet.bytes[packet.payloadOffset] === 0x74 ? 1 : 0;
          packet.isKeyframeStart = packet.bytes[packet.payloadOffset] === keyframe[0];
        };
      },
      onKeyframeNeeded: () => {
        this.keyframesWanted += 1;
      },
      now: () => this.nowMs,
      ...options,
    });
  }

  receive(index: number, options?: Datagram): RtpPacket | undefined {
    const bytes = datagram(index, options);
    expect(this.header.read(bytes)).toBe(true);
    const packet = this.stream.history.slotFor(index, this.nowMs);
    if (packet === undefined) return undefined;
    this.#fill(packet, bytes);
    packet.sequenceNumber = index;
    return this.stream.receive(packet, this.header) ? packet : undefined;
  }

  receiveRepair(osn: number, options: Datagram = {}): RtpPacket | undefined {
    const { payload = Buffer.from("payload") } = options;
    const repaired = Buffer.concat([Buffer.from([(osn >> 8) & 0xff, osn & 0xff]), payload]);
    const bytes = datagram(7, { timestamp: 77, ...options, ssrc: 5, payloadType: 97, payload: repaired });
    expect(this.header.read(bytes)).toBe(true);
    this.#fill(this.scratch, bytes);
    return this.stream.receiveRepair(this.scratch, this.header, options.payloadType ?? 96);
  }

  #fill(packet: RtpPacket, bytes: Buffer): void {
    packet.bytes.fill(0xee);
    bytes.copy(packet.bytes);
    packet.byteLength = bytes.length;
    packet.receivedAtMs = this.nowMs;
    readExtensions(packet, ids);
  }
}

function payloadOf({ bytes, payloadOffset, payloadLength }: RtpPacket): string {
  return bytes.toString("latin1", payloadOffset, payloadOffset + payloadLength);
}

describe("Received stream", () => {
  it("[RX60] fills in what a packet is, and keeps it", () => {
    const bench = new Bench();
    const packet = bench.receive(65_540, { marker: true, timestamp: 0xfedcba98, hasExtensions: true });
    expect(packet).toMatchObject({
      byteLength: 24 + 7,
      ssrc,
      sequenceNumber: 65_540,
      timestamp: 0xfedcba98,
      payloadType: 96,
      marker: true,
      payloadOffset: 24,
      payloadLength: 7,
      receivedAtMs: 1_000,
      audioLevel: 0x85,
      videoOrientation: 1,
      dependencyDescriptorLength: 3,
      pictureId: 1,
    });
    expect(bench.stream.history.get(65_540)).toBe(packet);
    expect(bench.receive(65_541)).toMatchObject({ marker: false, payloadOffset: 12, audioLevel: -1, pictureId: 2 });
  });

  it("[RX60] leaves padding out of the payload", () => {
    const bench = new Bench();
    const packet = bench.receive(1, { padding: 5 });
    expect(packet === undefined ? "" : payloadOf(packet)).toBe("payload");
    expect(bench.receive(2, { payload: Buffer.alloc(0), padding: 255 })).toMatchObject({ payloadLength: 0 });
    expect(bench.receive(3, { payload: Buffer.alloc(0) })).toMatchObject({ payloadLength: 0 });
  });

  it("[RX61] keeps no packet with padding that cannot be right, and none of a codec that was not agreed on", () => {
    const bench = new Bench();
    bench.receive(1);
    expect(bench.receive(2, { padding: 5, paddingCount: 0 })).toBeUndefined();
    expect(bench.receive(3, { padding: 5, paddingCount: 13 })).toBeUndefined();
    expect(bench.receive(4, { payloadType: 100 })).toBeUndefined();
    expect(bench.receive(5)).toBeDefined();
    expect([1, 2, 3, 4, 5].map((index) => bench.stream.history.get(index) !== undefined)).toEqual([
      true,
      false,
      false,
      false,
      true,
    ]);
    // They came all the same.
    expect(bench.stream.missingCount).toBe(0);
    expect(bench.stream.receptionReport(2_000)).toMatchObject({ cumulativeLost: 0, highestSequenceNumber: 5 });
  });

  it("[RX62] has each codec's payloads read by an inspector of its own, which lasts", () => {
    const bench = new Bench();
    bench.receive(1);
    expect(bench.receive(2, { payloadType: 102 })).toMatchObject({ pictureId: 1 });
    expect(bench.receive(3)).toMatchObject({ pictureId: 2 });
    bench.stream.codecsChanged();
    expect(bench.receive(4)).toMatchObject({ pictureId: 3 });
    expect(bench.created).toEqual(["video/VP8", "video/H264"]);
  });

  it("[RX62] follows what the section agrees on", () => {
    const bench = new Bench();
    bench.receive(1);
    bench.codecs.delete(96);
    bench.stream.codecsChanged();
    expect(bench.receive(2)).toBeUndefined();
    bench.codecs.set(96, h264);
    bench.stream.codecsChanged();
    expect(bench.receive(3)).toMatchObject({ pictureId: 1 });
    expect(bench.created).toEqual(["video/VP8", "video/H264"]);
  });

  it("[RX53] asks for what is missing between two packets, also past 65,535", () => {
    const bench = new Bench();
    bench.receive(65_533);
    bench.receive(65_537);
    bench.receive(65_535);
    expect(bench.stream.missingCount).toBe(2);
    expect(bench.stream.takeNacks(1_020)).toEqual([65_534, 0]);
    bench.receive(65_534);
    expect(bench.stream.takeNacks(1_200)).toEqual([0]);
    bench.stream.roundTripMs = 30;
    expect(bench.stream.takeNacks(1_300)).toEqual([0]);
    expect(bench.stream.takeNacks(1_330)).toEqual([0]);
    expect(bench.keyframesWanted).toBe(0);
  });

  it("[RX53] asks for nothing before its first packet, and nothing where NACK was not agreed on", () => {
    const bench = new Bench();
    bench.receive(5_000);
    bench.receive(4_990);
    expect(bench.stream.missingCount).toBe(0);
    const without = new Bench({ hasNack: false });
    without.receive(1);
    without.receive(10);
    expect([without.stream.missingCount, without.keyframesWanted]).toEqual([0, 0]);
  });

  it("[RX52] wants a keyframe when more than 1,000 packets are missing, or the numbers jump by more than 3,000", () => {
    for (const [jump, missing, keyframes] of [
      [1_001, 1_000, 0],
      [1_002, 0, 1],
      [3_000, 0, 1],
      [3_001, 0, 1],
      [32_767, 0, 1],
    ] as const) {
      const bench = new Bench();
      bench.receive(0);
      bench.receive(jump);
      expect([bench.stream.missingCount, bench.keyframesWanted]).toEqual([missing, keyframes]);
    }
    const audio = new Bench({ kind: "audio" });
    audio.receive(0);
    audio.receive(2_000);
    audio.receive(30_000);
    expect(audio.keyframesWanted).toBe(0);
  });

  it("[RX52] forgets what was missing before a jump", () => {
    const bench = new Bench();
    bench.receive(0);
    bench.receive(10);
    bench.receive(10_000);
    expect(bench.stream.takeNacks(1_500)).toEqual([]);
  });

  it("[RX58] wants a keyframe when packets were asked for in vain, for all that are given up at a time", () => {
    const bench = new Bench();
    bench.stream.roundTripMs = 20;
    bench.receive(0);
    bench.receive(100);
    const askUntil = (endMs: number) => {
      for (; bench.nowMs < endMs; bench.nowMs += 10) bench.stream.takeNacks(bench.nowMs);
    };
    askUntil(1_200);
    expect([bench.stream.missingCount, bench.keyframesWanted]).toEqual([99, 0]);
    askUntil(1_300);
    expect([bench.stream.missingCount, bench.keyframesWanted]).toEqual([0, 1]);
    bench.receive(102);
    askUntil(1_600);
    expect(bench.keyframesWanted).toBe(2);
  });

  it("[RX58] wants none where one has come since, nor of audio", () => {
    const bench = new Bench();
    bench.receive(0);
    bench.receive(5);
    bench.receive(6, { payload: keyframe });
    for (; bench.nowMs < 3_000; bench.nowMs += 10) bench.stream.takeNacks(bench.nowMs);
    expect([bench.stream.missingCount, bench.keyframesWanted]).toEqual([0, 0]);
    const audio = new Bench({ kind: "audio" });
    audio.receive(0);
    audio.receive(5);
    for (; audio.nowMs < 3_000; audio.nowMs += 10) audio.stream.takeNacks(audio.nowMs);
    expect([audio.stream.missingCount, audio.keyframesWanted]).toEqual([0, 0]);
  });

  it("[RX54] puts a retransmission in the place of the original", () => {
    const bench = new Bench();
    bench.receive(65_533);
    bench.receive(65_538);
    const packet = bench.receiveRepair(65_535, { marker: true, padding: 3, hasExtensions: true });
    expect(packet).toMatchObject({
      ssrc,
      sequenceNumber: 65_535,
      timestamp: 77,
      payloadType: 96,
      marker: true,
      payloadOffset: 24,
      payloadLength: 7,
      byteLength: 31,
      audioLevel: 0x85,
      videoOrientation: 1,
      dependencyDescriptorOffset: 21,
      dependencyDescriptorLength: 3,
      pictureId: 3,
    });
    expect(packet === undefined ? "" : payloadOf(packet)).toBe("payload");
    expect(bench.stream.history.get(65_535)).toBe(packet);
    // The header stands as the original had it.
    const header = new RtpHeader();
    expect(header.read(packet?.bytes.subarray(0, 31) ?? Buffer.alloc(0))).toBe(true);
    expect(header).toMatchObject({ ssrc, payloadType: 96, sequenceNumber: 65_535, marker: true, hasPadding: false });
    expect(bench.stream.takeNacks(1_020)).toEqual([65_534, 0, 1]);
    expect(bench.receiveRepair(65_537, { payload: Buffer.alloc(0) })).toMatchObject({ payloadLength: 0 });
  });

  it("[RX55] drops retransmissions that are probes, malformed, there already, or of what never came", () => {
    const bench = new Bench();
    expect(bench.receiveRepair(1)).toBeUndefined();
    bench.receive(10);
    bench.receive(14);
    expect(bench.receiveRepair(10)).toBeUndefined();
    expect(bench.receiveRepair(15)).toBeUndefined();
    expect(bench.receiveRepair(11, { payloadType: 100 })).toBeUndefined();
    expect(bench.receiveRepair(12, { padding: 4, paddingCount: 17 })).toBeUndefined();
    // Nothing but padding, down to the last byte of the original's number.
    expect(bench.receiveRepair(12, { padding: 4, paddingCount: 13 })).toBeUndefined();
    expect(bench.receiveRepair(12, { padding: 4, paddingCount: 12 })).toBeUndefined();
    // One byte is no number.
    expect(bench.receiveRepair(12, { payload: Buffer.alloc(0), padding: 1, paddingCount: 2 })).toBeUndefined();
    expect([11, 12, 13, 15].map((index) => bench.stream.history.get(index))).toEqual(Array(4).fill(undefined));
    expect(bench.receiveRepair(13)).toBeDefined();
    expect(bench.receiveRepair(13)).toBeUndefined();
    // Before the stream began to count.
    const young = new Bench();
    young.receive(3);
    expect(young.receiveRepair(65_530)).toBeUndefined();
  });

  it("[RX55] counts no retransmission of another SSRC as received", () => {
    const bench = new Bench();
    bench.receive(1);
    bench.receive(3);
    bench.receiveRepair(2);
    expect(bench.stream.receptionReport(2_000)).toMatchObject({ cumulativeLost: 1 });
  });

  it("[RX56] says its bit rate, in all and up to each temporal layer, from packets with a payload", () => {
    const bench = new Bench();
    expect([bench.stream.bitrate, bench.stream.temporalBitrates]).toEqual([0, [0]]);
    for (let index = 0; index < 300; index += 1) {
      bench.nowMs += 10;
      const first = index % 2 === 0 ? "b" : "t";
      bench.receive(2 * index, { payload: Buffer.alloc(988, first) });
      bench.receive(2 * index + 1, { payload: Buffer.alloc(0), padding: 200 });
    }
    expect(bench.stream.bitrate).toBeCloseTo(800_000, -5);
    expect(bench.stream.temporalBitrates[0]).toBeCloseTo(400_000, -5);
    expect(bench.stream.temporalBitrates[1]).toBe(bench.stream.bitrate);
    bench.nowMs += 3_000;
    expect(bench.stream.bitrate).toBe(0);
  });

  it("[RX32] knows its last sender report", () => {
    const bench = new Bench();
    expect(bench.stream.senderReport).toBeUndefined();
    bench.receive(1);
    const info = { ntpMs: 5_000_000.5, compactNtp: 77, rtpTimestamp: 90, packetCount: 1, octetCount: 7 };
    bench.stream.receiveSenderReport(info, 1_000);
    expect(bench.stream.senderReport).toEqual({ ntpMs: 5_000_000.5, rtpTimestamp: 90, receivedAtMs: 1_000 });
    expect(bench.stream.receptionReport(2_000)).toMatchObject({ lastSr: 77, delaySinceLastSr: 65_536 });
  });

  it("[RX57] keeps a second of video and of audio, in no more than 1,024 and 128 slots", () => {
    for (const [kind, most] of [
      ["video", 1_024],
      ["audio", 128],
    ] as const) {
      const bench = new Bench({ kind });
      expect(bench.stream.history.size).toBe(64);
      for (let index = 0; index < 3_000; index += 1) bench.receive(index);
      expect(bench.stream.history.size).toBe(most);
    }
  });
});
