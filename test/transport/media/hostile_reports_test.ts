import { describe, expect, it } from "vitest";
import { RtcpWriter } from "../../../transport/media/rtp/rtcp_writer.ts";
import { SentStreams } from "../../../transport/media/sent_streams.ts";
import { FakeOutlet, FakeSource, opus, vp8 } from "./forwarding/sent_stream_rig.ts";

describe("what many streams are told", () => {
  it("[HM14] each RTCP datagram of reports begins with a report and names its sender, however many streams there are", () => {
    const datagrams: Buffer[] = [];
    const writer = new RtcpWriter((packet) => datagrams.push(Buffer.from(packet)));
    for (let ssrc = 1; ssrc <= 60; ssrc += 1) {
      writer.senderReport({ ssrc, ntpMs: 4e12, rtpTimestamp: 1, packetCount: 1, octetCount: 1 });
      writer.sourceDescription(ssrc, "8a0fd24e-0b0a-4cf0-a0b1-1d1f7c2f5a11");
    }
    writer.flush();
    // RFC 3550, 6.1.
    expect(datagrams.map((datagram) => datagram[1])).toEqual(datagrams.map(() => 200));
    for (const datagram of datagrams) {
      const types: number[] = [];
      for (let at = 0; at < datagram.length; at += 4 + 4 * datagram.readUInt16BE(at + 2))
        types.push(datagram[at + 1] ?? 0);
      expect(types.filter((type) => type === 202)).toHaveLength(types.filter((type) => type === 200).length);
    }
  });

  it("[HM15] a video is held to the path's estimate, also after an audio without transport-wide numbers", () => {
    const streams = new SentStreams(new FakeOutlet());
    const audio = new FakeSource("audio");
    const video = new FakeSource("video", 2);
    const [low, high] = video.layers;
    if (low === undefined || high === undefined) throw new Error("There are no layers");
    low.bitrate = 200_000;
    high.bitrate = 20_000_000;
    const common = { mid: "0", rtxPayloadTypes: new Map<number, number>(), preferredLayer: 1 };
    streams.open({
      ...common,
      ssrc: 1,
      rtxSsrc: 2,
      source: audio,
      parameters: { ...common, codecs: [opus], extensionIds: {} },
    });
    const stream = streams.open({
      ...common,
      ssrc: 3,
      rtxSsrc: 4,
      source: video,
      parameters: { ...common, codecs: [vp8], extensionIds: { transportSequenceNumber: 3 } },
    });
    expect(stream.targetLayer).toBe(0);
  });
});
