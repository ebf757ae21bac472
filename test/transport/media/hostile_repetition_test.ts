import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { RTCRtpCodecParameters, useAbsSendTime, useNACK, usePLI, useSdesMid, useTransportWideCC } from "werift";
import { eventually } from "../../kit/eventually.ts";
import { connectClient } from "./connect_client.ts";
import { connectHostile, forgeOver, vp8Delta, vp8Keyframe } from "./hostile_client.ts";
import { openEngines } from "./open_engine.ts";

/** Without RTX, so that packets are sent again under the numbers that they had. */
const config = {
  codecs: {
    audio: [],
    video: [
      new RTCRtpCodecParameters({
        mimeType: "video/VP8",
        clockRate: 90_000,
        payloadType: 96,
        rtcpFeedback: [useNACK(), usePLI()],
      }),
    ],
  },
  headerExtensions: { video: [useSdesMid(), useAbsSendTime(), useTransportWideCC()] },
};

describe("a packet that is sent again without RTX", () => {
  it.each([
    ["SRTP_AES128_CM_HMAC_SHA1_80", 1],
    ["SRTP_AEAD_AES_128_GCM", 7],
  ] as const)("[HM30] is the same to the last byte with %s, whatever happened meanwhile", async (_name, profile) => {
    const engines = await openEngines();
    const [from, to] = [engines.create(), engines.create()];
    const publisher = await connectHostile(from, ["video"], config);
    const subscriber = connectClient(to, config);
    subscriber.pc.createDataChannel("chat");
    await subscriber.pc.createOffer();
    for (const transport of subscriber.pc.dtlsTransports) Object.assign(transport, { srtpProfiles: [profile] });
    await subscriber.offer();
    expect(subscriber.pc.dtlsTransports[0]?.dtls?.srtp.srtpProfile).toBe(profile);
    const packets = new Map<number, Buffer>();
    let [ssrc, highest, repeated] = [0, 0, 0];
    const different: number[] = [];
    subscriber.pc.dtlsTransports[0]?.iceTransport.connection.onData.subscribe((data) => {
      const second = data[1] ?? 0;
      if ((data[0] ?? 0) < 128 || (second >= 192 && second <= 223)) return;
      ssrc = data.readUInt32BE(8);
      highest = data.readUInt16BE(2);
      const before = packets.get(highest);
      if (before !== undefined) repeated += 1;
      if (before?.equals(data) === false) different.push(highest);
      packets.set(highest, Buffer.from(data));
    });
    to.engine.addTrack(publisher.track, { section: "own" });
    await subscriber.answer();
    const { forge } = publisher;
    let number = 0;
    const send = (payload = vp8Delta) => {
      const header = { ssrc: publisher.ssrc, sequenceNumber: number, timestamp: number * 3_000, payloadType: 96 };
      number += 1;
      return forge.rtp(header, payload);
    };
    await eventually(() => send(vp8Keyframe).then(() => packets.size > 0), { what: "the stream", intervalMs: 5 });
    const ask = forgeOver(subscriber.pc);
    for (let round = 0; round < 60; round += 1) {
      for (let count = 0; count < 5; count += 1) await send(round % 7 === 0 ? vp8Keyframe : vp8Delta);
      // A receiver report makes the mid go away, a new negotiation changes nothing.
      if (round === 20) await ask.rtcp(Buffer.from([0x80, 201, 0, 1, 0, 0, 0, 1]));
      if (round === 40) await subscriber.answer();
      const nack = Buffer.alloc(20);
      nack.writeUInt32BE(0x81cd_0004);
      nack.writeUInt32BE(1, 4);
      nack.writeUInt32BE(ssrc, 8);
      nack.writeUInt32BE((((highest - 17) & 0xffff) * 65_536 + 0xffff) >>> 0, 12);
      nack.writeUInt32BE((((highest - 34) & 0xffff) * 65_536 + 0xffff) >>> 0, 16);
      await ask.rtcp(nack);
      await sleep(10);
    }
    await eventually(() => repeated > 20, { what: "packets to be sent again", describe: () => packets.size });
    expect(different).toEqual([]);
  });
});
