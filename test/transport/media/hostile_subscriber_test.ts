import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { RTCRtpCodecParameters, RtcpSrPacket, useNACK, usePLI, useTransportWideCC, useTWCC } from "werift";
import type { RemoteTrack } from "../../../actors/application.ts";
import { eventually } from "../../kit/eventually.ts";
import { connectClient } from "./connect_client.ts";
import { connectHostile, forgeOver, vp8Delta, vp8Keyframe, watchUncaught } from "./hostile_client.ts";
import { openEngines } from "./open_engine.ts";

const vp8 = () =>
  new RTCRtpCodecParameters({
    mimeType: "video/VP8",
    clockRate: 90_000,
    payloadType: 96,
    rtcpFeedback: [useNACK(), usePLI(), useTWCC()],
  });
const rtx = () =>
  new RTCRtpCodecParameters({ mimeType: "video/rtx", clockRate: 90_000, payloadType: 97, parameters: "apt=96" });
const config = (hasRtx: boolean) => ({
  codecs: { audio: [], video: hasRtx ? [vp8(), rtx()] : [vp8()] },
  headerExtensions: { video: [useTransportWideCC()] },
});

/** A client that gets what another one sends, and what it takes to forge its RTCP. */
async function connectSubscriber({ hasRtx = true } = {}) {
  const uncaught = watchUncaught();
  const engines = await openEngines();
  const [from, to] = [engines.create(), engines.create()];
  const publisher = await connectHostile(from, ["video"], config(true));
  const subscriber = connectClient(to, config(hasRtx));
  subscriber.pc.createDataChannel("chat");
  await subscriber.offer();
  const datagrams: Buffer[] = [];
  subscriber.pc.dtlsTransports[0]?.iceTransport.connection.onData.subscribe((data) => {
    const second = data[1] ?? 0;
    if ((data[0] ?? 0) >= 128 && (second < 192 || second > 223)) datagrams.push(data);
  });
  to.engine.addTrack(publisher.track, { section: "own" });
  await subscriber.answer();
  let sequenceNumber = 0;
  const send = async (payload = vp8Delta) => {
    const { forge, ssrc, payloadType } = publisher;
    const timestamp = sequenceNumber * 3_000;
    await forge.rtp({ ssrc, sequenceNumber: sequenceNumber & 0xffff, timestamp, payloadType, marker: true }, payload);
    sequenceNumber += 1;
  };
  await eventually(() => send(vp8Keyframe).then(() => datagrams.length > 0), { what: "the stream", intervalMs: 5 });
  const [first] = datagrams;
  const ssrc = first?.readUInt32BE(8) ?? 0;
  return { uncaught, publisher, subscriber, datagrams, send, ssrc, forge: forgeOver(subscriber.pc) };
}

/** An RTCP packet of a type and a format, with words behind its header. */
function rtcp(type: number, format: number, words: readonly number[]): Buffer {
  const packet = Buffer.alloc(4 + 4 * words.length);
  packet.writeUInt8(0x80 | format, 0);
  packet.writeUInt8(type, 1);
  packet.writeUInt16BE(words.length, 2);
  for (const [index, word] of words.entries()) packet.writeUInt32BE(word >>> 0, 4 + 4 * index);
  return packet;
}

describe("a hostile subscriber", () => {
  it.each([true, false])(
    "[HM16] a storm of NACKs makes no more than twice the traffic and 512 packets (RTX: %s)",
    async (hasRtx) => {
      const { uncaught, datagrams, send, ssrc, forge } = await connectSubscriber({ hasRtx });
      for (let index = 0; index < 100; index += 1) await send();
      await eventually(() => datagrams.length >= 100, { what: "the packets" });
      const before = datagrams.length;
      const highest = datagrams.at(-1)?.readUInt16BE(2) ?? 0;
      // Each names the last 850 packets.
      const words = Array.from({ length: 50 }, (_, index) => ((highest - 17 * index - 16) & 0xffff) * 65_536 + 0xffff);
      for (let round = 0; round < 400; round += 1) {
        await forge.rtcp(rtcp(205, 1, [1, ssrc, ...words]));
        if (round % 20 === 0) await sleep(5);
      }
      await send(vp8Keyframe);
      await sleep(100);
      expect(datagrams.length - before).toBeLessThanOrEqual(before + 512 + 20);
      expect(uncaught).toEqual([]);
    },
  );

  it("[HM17] a storm of keyframe requests reaches the sender as a few", async () => {
    const { uncaught, publisher, ssrc, forge } = await connectSubscriber();
    let requests = 0;
    publisher.transceiver.sender.onPictureLossIndication.subscribe(() => {
      requests += 1;
    });
    const fir = rtcp(206, 4, [1, 0, ...Array<number[]>(200).fill([ssrc, 0x0100_0000]).flat()]);
    const startMs = performance.now();
    for (let round = 0; round < 200; round += 1) {
      await forge.rtcp(rtcp(206, 1, [1, ssrc]));
      await forge.rtcp(fir);
      if (round % 20 === 0) await sleep(5);
    }
    await sleep(100);
    expect(requests).toBeLessThanOrEqual(2 + (performance.now() - startMs) / 500);
    expect(uncaught).toEqual([]);
  });

  it("[HM18] reports, feedback and limits that cannot be are survived, and the stream goes on", async () => {
    const { uncaught, datagrams, send, ssrc, forge } = await connectSubscriber();
    const block = [ssrc, 0xff7f_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff];
    const unknown = Array.from({ length: 31 }, (_, index) => [index, 0xff80_0000, 1, 2, 3, 4]).flat();
    const storm = [
      rtcp(201, 31, [1, ...unknown]),
      rtcp(201, 31, [1, ...Array<number[]>(31).fill(block).flat()]),
      rtcp(200, 0, [ssrc, 0, 0, 0, 0, 0]),
      rtcp(200, 1, [ssrc, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff, ...block]),
      rtcp(206, 15, [1, 0, 0x5245_4d42, 0x0100_0000, ssrc]),
      rtcp(206, 15, [1, 0, 0x5245_4d42, 0x01ff_ffff, ssrc]),
      rtcp(206, 15, [1, 0, 0x5245_4d42, 0xff00_0000]),
      rtcp(205, 15, [1, ssrc, 0xffff, 0xffff_ff00, 0x2001_2001]),
      rtcp(205, 15, [1, ssrc, 0x0000_2000, 0x0000_0000, 0x5fff_5fff, 0x8000_8000, 0x8000_8000]),
      rtcp(205, 15, [1, ssrc, 0x0000_0004, 0x7fff_ff00, 0xd000_7fff, 0x7fff_7fff, 0x8000_7fff]),
      rtcp(205, 1, [1, ssrc]),
      rtcp(203, 31, [ssrc]),
      rtcp(202, 31, [ssrc]),
      Buffer.concat([rtcp(201, 0, [1]), rtcp(204, 0, [])]),
      rtcp(206, 4, [1]),
      Buffer.concat([rtcp(201, 0, [1]), Buffer.from([0x80, 200, 0xff, 0xff, 0, 0, 0, 0])]),
      Buffer.concat([rtcp(201, 0, [1]), Buffer.from([0xa0, 201, 0, 1, 0, 0, 0, 0xff])]),
    ];
    for (let round = 0; round < 30; round += 1) {
      for (const packet of storm) await forge.rtcp(packet);
      await send();
      await sleep(2);
    }
    const before = datagrams.length;
    await eventually(() => send(vp8Keyframe).then(() => datagrams.length > before + 5), {
      what: "the stream to go on",
    });
    expect(uncaught).toEqual([]);
  });
});

describe("the clocks of one publisher", () => {
  it("[HM19] tell a subscriber which audio and video belong together", async () => {
    const engines = await openEngines();
    const [from, to] = [engines.create(), engines.create()];
    const publisher = await connectHostile(from, ["audio", "video"], {});
    const subscriber = connectClient(to);
    subscriber.pc.createDataChannel("chat");
    await subscriber.offer();
    const reports = new Map<number, RtcpSrPacket>();
    const arrived = new Map<string, { ssrc: number; timestamp: number }[]>([
      ["audio", []],
      ["video", []],
    ]);
    subscriber.pc.onRemoteTransceiverAdded.subscribe(({ receiver }) => {
      receiver.onRtcp.subscribe((packet) => {
        if (packet instanceof RtcpSrPacket) reports.set(packet.ssrc, packet);
      });
    });
    subscriber.pc.onTrack.subscribe((track) => {
      track.onReceiveRtp.subscribe(({ header }) => arrived.get(track.kind)?.push(header));
    });
    for (const track of publisher.tracks as RemoteTrack[]) to.engine.addTrack(track, { section: "own" });
    await subscriber.answer();
    // Both clocks start anywhere; the wall clock of the publisher is years off. Video reaches the node with 300 ms of delay.
    const rates = { audio: 48_000, video: 90_000 };
    const starts = { audio: 0xffff_f000, video: 0x7fff_ff00 };
    const startMs = performance.now();
    const stamp = (kind: "audio" | "video", ms: number) =>
      (starts[kind] + Math.round((ms / 1_000) * rates[kind])) % 2 ** 32;
    const streams = publisher.pc.getTransceivers().map(({ kind, sender, codecs }) => ({
      kind: kind as "audio" | "video",
      ssrc: sender.ssrc,
      payloadType: codecs[0]?.payloadType ?? 0,
      lateMs: kind === "video" ? 300 : 0,
    }));
    let sequenceNumber = 0;
    const send = async () => {
      for (const { kind, ssrc, payloadType, lateMs } of streams) {
        const captureMs = performance.now() - startMs - lateMs;
        const timestamp = stamp(kind, captureMs);
        const payload = kind === "audio" ? Buffer.from([0xf8, 1, 2]) : vp8Keyframe;
        await publisher.forge.rtp({ ssrc, sequenceNumber, timestamp, payloadType, marker: true }, payload);
        if (sequenceNumber % 10 !== 0) continue;
        const ntpSeconds = 1_000_000 + captureMs / 1_000;
        await publisher.forge.rtcp(
          rtcp(200, 0, [
            ssrc,
            Math.floor(ntpSeconds),
            Math.floor((ntpSeconds % 1) * 2 ** 32),
            timestamp,
            sequenceNumber,
            sequenceNumber,
          ]),
        );
      }
      sequenceNumber += 1;
    };
    await eventually(() => send().then(() => reports.size === 2), { what: "sender reports", intervalMs: 20 });
    /** When the last packet of a kind was captured, by what the subscriber was told, in milliseconds. */
    const captured = (kind: "audio" | "video"): number => {
      const { ssrc = 0, timestamp = 0 } = arrived.get(kind)?.at(-1) ?? {};
      const info = reports.get(ssrc)?.senderInfo;
      if (info === undefined) throw new Error(`There is no report on ${kind}`);
      const ntpMs =
        Number(info.ntpTimestamp >> 32n) * 1_000 + (Number(info.ntpTimestamp & 0xffff_ffffn) / 2 ** 32) * 1_000;
      return ntpMs + (((timestamp - info.rtpTimestamp) | 0) / rates[kind]) * 1_000;
    };
    // They were sent together, the video captured 300 ms before the audio.
    const apart = captured("audio") - captured("video");
    expect(Math.abs(apart - 300)).toBeLessThan(30);
  });
});
