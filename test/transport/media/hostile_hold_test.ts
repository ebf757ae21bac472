import { describe, expect, it } from "vitest";
import { eventually } from "../../kit/eventually.ts";
import { connectClient } from "./connect_client.ts";
import { connectHostile, vp8Keyframe } from "./hostile_client.ts";
import { openEngines } from "./open_engine.ts";

/** A client that is sent a video, and a look at what comes: SSRC and sequence number of each packet. */
async function connectPair() {
  const engines = await openEngines();
  const [from, to] = [engines.create(), engines.create()];
  const publisher = await connectHostile(from);
  const subscriber = connectClient(to);
  subscriber.pc.createDataChannel("chat");
  await subscriber.offer();
  const packets: { ssrc: number; sequenceNumber: number }[] = [];
  subscriber.pc.dtlsTransports[0]?.iceTransport.connection.onData.subscribe((data) => {
    const second = data[1] ?? 0;
    if ((data[0] ?? 0) < 128 || (second >= 192 && second <= 223)) return;
    packets.push({ ssrc: data.readUInt32BE(8), sequenceNumber: data.readUInt16BE(2) });
  });
  const sent = to.engine.addTrack(publisher.track, { section: "own" });
  await subscriber.answer();
  let sequenceNumber = 0;
  const send = () => {
    const { forge, ssrc, payloadType } = publisher;
    const timestamp = sequenceNumber * 3_000;
    const header = { ssrc, sequenceNumber: sequenceNumber++ & 0xffff, timestamp, payloadType, marker: true };
    return forge.rtp(header, vp8Keyframe);
  };
  const receive = async (count: number) => {
    await eventually(() => send().then(() => packets.length >= count), { what: "the stream", intervalMs: 2 });
    return packets.splice(0);
  };
  const transceiver = subscriber.pc.getTransceivers().find(({ mid }) => mid === sent.mid);
  return { subscriber, sent, packets, send, receive, transceiver };
}

describe("a client that holds what it is sent", () => {
  it("[HM22] no packet index of an SSRC protects two packets, however often the client refuses and takes its section", async () => {
    const { subscriber, sent, packets, receive, transceiver } = await connectPair();
    const streams: Awaited<ReturnType<typeof receive>>[] = [];
    for (let round = 0; round < 4; round += 1) {
      streams.push(await receive(10));
      transceiver?.setDirection("inactive");
      await subscriber.answer();
      expect(sent.state).toBe("rejected");
      streams.push(packets.splice(0));
      transceiver?.setDirection("recvonly");
      await subscriber.answer();
      expect(sent.state).toBe("sending");
    }
    // A stream that goes on does so where it was; one that begins anew has another SSRC.
    const last = new Map<number, number>();
    for (const { ssrc, sequenceNumber } of streams.flat()) {
      const ahead = (sequenceNumber - (last.get(ssrc) ?? sequenceNumber - 1)) & 0xffff;
      expect(ahead > 0 && ahead < 1_000).toBe(true);
      last.set(ssrc, sequenceNumber);
    }
  });

  it("[HM23] nothing is sent in a section that the client's offer made inactive, until it is taken again", async () => {
    const { subscriber, packets, send, receive, transceiver } = await connectPair();
    await receive(5);
    transceiver?.setDirection("inactive");
    await subscriber.offer();
    // What was on its way has come once the client has its answer.
    await new Promise((resolve) => setTimeout(resolve, 50));
    packets.splice(0);
    for (let count = 0; count < 30; count += 1) await send();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(packets).toEqual([]);
    transceiver?.setDirection("recvonly");
    await subscriber.offer();
    await receive(5);
  });
});
