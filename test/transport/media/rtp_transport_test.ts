import { describe, expect, it } from "vitest";
import { ReceivedTrack } from "../../../transport/media/forwarding/received_track.ts";
import { MediaClock } from "../../../transport/media/media_clock.ts";
import { RtcpWriter } from "../../../transport/media/rtp/rtcp_writer.ts";
import { RtpTransport } from "../../../transport/media/rtp_transport.ts";
import { SrtpReceiver } from "../../../transport/media/srtp/srtp_receiver.ts";
import { SrtpSender } from "../../../transport/media/srtp/srtp_sender.ts";
import { makeKeys, makePacket, profiles, protect } from "./srtp/make_packet.ts";

const opus = { payloadType: 96, mimeType: "audio/opus", clockRate: 48_000, channels: 2, parameters: "", feedback: [] };
const ssrc = 100;

function endOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

/** A transport whose ICE and DTLS are there, with one audio section; the RTCP packet types that it sends, in their order. */
function open() {
  const [local, remote] = [makeKeys(profiles[0]), makeKeys(profiles[0])];
  const subscribers: ((datagram: Buffer) => void)[] = [];
  const sent: number[] = [];
  const receiver = new SrtpReceiver(local);
  const connection = {
    // A way that is not straight: everything goes through ICE.
    nominated: { protocol: { type: "turn" }, remoteAddr: ["127.0.0.1", 9] },
    send: (datagram: Buffer) => {
      const packet = receiver.unprotectRtcp(datagram);
      if (packet !== undefined) sent.push(packet[1] ?? 0);
      return Promise.resolve();
    },
    onData: {
      subscribe: (listener: (datagram: Buffer) => void) => {
        subscribers.push(listener);
        return { unSubscribe: () => undefined };
      },
    },
  };
  const { masterKey: localKey, masterSalt: localSalt } = local;
  const { masterKey: remoteKey, masterSalt: remoteSalt } = remote;
  const dtls = { srtp: { srtpProfile: 1 }, extractSessionKeys: () => ({ localKey, localSalt, remoteKey, remoteSalt }) };
  const transport = { iceTransport: { connection }, dtls, srtpStarted: false, startSrtp: () => undefined };
  const clock = new MediaClock();
  const faults: unknown[] = [];
  const options = {
    transport: transport as never,
    clock,
    cname: "node",
    onFault: (error: unknown) => faults.push(error),
  };
  const rtp = new RtpTransport(options);
  transport.startSrtp();
  const track = new ReceivedTrack({
    id: "t",
    mid: "0",
    kind: "audio",
    rids: [],
    streamIds: [],
    requestKeyframe: () => undefined,
    onHandlerError: (error) => faults.push(error),
  });
  track.setCodecs([opus]);
  const parameters = { codecs: [opus], rtxPayloadTypes: new Map(), hasNack: true };
  rtp.setReceiving([{ remote: { mid: "0", ssrcs: [[ssrc]] }, parameters, track } as never], []);
  const client = new SrtpSender(remote);
  const stream = client.openStream(ssrc);
  const deliver = (datagram: Buffer) => {
    for (const listener of subscribers) listener(datagram);
  };
  return {
    rtp,
    track,
    sent,
    faults,
    receive: (index: number) => {
      const { packet, headerLength } = makePacket(index, 50, { ssrc });
      deliver(protect(stream, packet, headerLength, index));
    },
    receiveSenderReport: () => {
      const writer = new RtcpWriter((packet) => deliver(client.protectRtcp(packet)));
      writer.senderReport({ ssrc, ntpMs: 4_000_000_000_000, rtpTimestamp: 77, packetCount: 1, octetCount: 50 });
      writer.flush();
    },
  };
}

describe("RTP transport", () => {
  it("[RX80] knows the clock of a stream by a report that came right behind its first packet", async () => {
    const { rtp, track, receive, receiveSenderReport } = open();
    receive(0);
    receiveSenderReport();
    await endOfTurn();
    expect(track.source.layers[0]?.senderReport?.rtpTimestamp).toBe(77);
    rtp.close();
  });

  it("[RX81] reports every 5 s while nothing comes, and within 1.5 s when something does", async () => {
    const { rtp, sent, receive } = open();
    let nowMs = 10_000;
    const countOver = (ms: number, onTick: () => void = () => undefined) => {
      const before = sent.length;
      for (const end = nowMs + ms; nowMs < end; nowMs += 100) {
        onTick();
        rtp.tick(nowMs);
      }
      return sent.slice(before).filter((type) => type === 201).length;
    };
    const quiet = countOver(60_000);
    expect(quiet).toBeGreaterThanOrEqual(9);
    expect(quiet).toBeLessThanOrEqual(12);
    let index = 0;
    const numbers = Array.from({ length: 100 }, () => index++);
    for (const number of numbers) receive(number);
    await endOfTurn();
    expect(countOver(1_600)).toBeGreaterThanOrEqual(1);
    rtp.close();
  });

  it("[RX81] wants the next tick soon while packets are missing", async () => {
    const { rtp, sent, receive } = open();
    for (const index of [0, 1]) receive(index);
    await endOfTurn();
    expect(rtp.tick(performance.now())).toBe(false);
    receive(4);
    await endOfTurn();
    expect(rtp.tick(performance.now() + 20)).toBe(true);
    expect(sent.at(-1)).toBe(205);
    for (const index of [2, 3]) receive(index);
    await endOfTurn();
    expect(rtp.tick(performance.now() + 40)).toBe(false);
    rtp.close();
  });
});
