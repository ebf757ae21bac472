import { describe, expect, it } from "vitest";
import { RTCRtpCodecParameters, useNACK, usePLI, useRepairedRtpStreamId, useSdesMid, useSdesRTPStreamId } from "werift";
import { eventually } from "../../kit/eventually.ts";
import { connectClient } from "./connect_client.ts";
import { forgeIndexesOver, vp8Delta, vp8Keyframe } from "./hostile_client.ts";
import { openEngines } from "./open_engine.ts";

const rtcpFeedback = [useNACK(), usePLI()];
const config = {
  codecs: {
    audio: [],
    video: [
      new RTCRtpCodecParameters({ mimeType: "video/VP8", clockRate: 90_000, payloadType: 96, rtcpFeedback }),
      new RTCRtpCodecParameters({ mimeType: "video/rtx", clockRate: 90_000, payloadType: 97, parameters: "apt=96" }),
    ],
  },
  headerExtensions: { video: [useSdesMid(), useSdesRTPStreamId(), useRepairedRtpStreamId()] },
};
const rids = ["q", "h", "f"];

/** A client that sends three layers, told apart by RID alone, and one that takes them. */
async function connectSimulcast() {
  const engines = await openEngines();
  const [from, to] = [engines.create(), engines.create()];
  const publisher = connectClient(from, config);
  const transceiver = publisher.pc.addTransceiver("video", { direction: "sendonly" });
  await publisher.pc.setLocalDescription(await publisher.pc.createOffer());
  const sdp = (publisher.pc.localDescription?.sdp ?? "").trimEnd().replace(/\r\na=ssrc.*/g, "");
  const lines = [...rids.map((rid) => `a=rid:${rid} send`), `a=simulcast:send ${rids.join(";")}`, ""].join("\r\n");
  const answer = await from.answer(`${sdp}\r\n${lines}`);
  await publisher.pc.setRemoteDescription({ type: "answer", sdp: answer.replace(/a=(rid|simulcast).*\r\n/g, "") });
  await eventually(() => publisher.pc.connectionState === "connected", { what: "the client to be connected" });
  const track = await from.tracks.next();
  const subscriber = connectClient(to, config);
  subscriber.pc.createDataChannel("chat");
  await subscriber.offer();
  const got: { ssrc: number; sequenceNumber: number; timestamp: number; layer: number; number: number }[] = [];
  subscriber.pc.onTrack.subscribe((remote) =>
    remote.onReceiveRtp.subscribe(({ header, payload }) => {
      const { ssrc, sequenceNumber, timestamp } = header;
      if (payload.length < 9) return;
      const [layer, number] = [payload.readUInt8(payload.length - 5), payload.readUInt32BE(payload.length - 4)];
      got.push({ ssrc, sequenceNumber, timestamp, layer, number });
    }),
  );
  const sent = to.engine.addTrack(track, { section: "own" });
  await subscriber.answer();
  const forge = forgeIndexesOver(publisher.pc);
  const id = (name: string) => transceiver.headerExtensions.find(({ uri }) => uri.endsWith(name))?.id ?? 0;
  const mid = { id: id("sdes:mid"), payload: Buffer.from(transceiver.mid ?? "") };
  const startMs = performance.now();
  const indexes = [1_000, 2_000, 3_000];
  let number = 0;
  const write = async (layer: number, { isNamed = false, isKeyframe = false, isLost = false } = {}) => {
    const prefix = isKeyframe ? vp8Keyframe : vp8Delta;
    const payload = Buffer.concat([prefix, Buffer.alloc(5)]);
    payload.writeUInt8(layer, prefix.length);
    payload.writeUInt32BE(number++, prefix.length + 1);
    const rid = { id: id(":rtp-stream-id"), payload: Buffer.from(rids[layer] ?? "") };
    const index = (indexes[layer] ?? 0) + 1;
    indexes[layer] = index;
    const timestamp = (layer * 1_000_000_007 + Math.round((performance.now() - startMs) * 90)) >>> 0;
    const header = { ssrc: 500 + layer, timestamp, marker: true, extensions: isNamed ? [mid, rid] : [] };
    if (!isLost) await forge(index, header, payload);
    return { index, timestamp, payload };
  };
  /** RTX that says which stream it repairs. */
  const repair = (
    { index, timestamp, payload }: Awaited<ReturnType<typeof write>>,
    layer: number,
    repairIndex: number,
  ) => {
    const osn = Buffer.alloc(2);
    osn.writeUInt16BE(index & 0xffff);
    const repaired = { id: id("repaired-rtp-stream-id"), payload: Buffer.from(rids[layer] ?? "") };
    const header = { ssrc: 600 + layer, timestamp, marker: true, payloadType: 97, extensions: [mid, repaired] };
    return forge(repairIndex, header, Buffer.concat([osn, payload]));
  };
  return { track, sent, got, write, repair };
}

describe("a simulcast", () => {
  it("[HM28] that says which layer is which in its first packets alone becomes one stream, of the layer that is wanted", async () => {
    const { track, sent, got, write, repair } = await connectSimulcast();
    expect(track.layers).toEqual(rids);
    for (let count = 0; count < 5; count += 1) {
      for (const layer of rids.keys()) await write(layer, { isNamed: true, isKeyframe: true });
    }
    for (const [layer, rid] of [...rids.entries(), ...rids.entries()]) {
      sent.preferLayer(rid);
      await eventually(
        async () => {
          for (const each of rids.keys()) await write(each, { isKeyframe: true });
          return sent.layer === rid && got.at(-1)?.layer === layer;
        },
        { what: `layer ${rid}`, describe: () => ({ layer: sent.layer, last: got.at(-1) }) },
      );
    }
    const top = rids.length - 1;
    // What is lost of it comes as RTX that names the layer.
    const lost = await write(top, { isLost: true });
    await write(top);
    const number = lost.payload.readUInt32BE(lost.payload.length - 4);
    await repair(lost, top, 1);
    await eventually(() => got.some((packet) => packet.number === number), { what: "the packet that was lost" });
    expect(new Set(got.map(({ ssrc }) => ssrc)).size).toBe(1);
    const inOrder = [...new Map(got.map((packet) => [packet.number, packet])).values()].sort(
      (a, b) => a.number - b.number,
    );
    for (const [index, packet] of inOrder.entries()) {
      const before = inOrder[index - 1];
      if (before === undefined) continue;
      expect((packet.sequenceNumber - before.sequenceNumber) & 0xffff).toBe(1);
      expect((packet.timestamp - before.timestamp) | 0).toBeGreaterThanOrEqual(0);
      expect((packet.timestamp - before.timestamp) | 0).toBeLessThan(2 * 90_000);
    }
  });
});
