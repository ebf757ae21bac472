import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ReceivedTrack } from "../../../transport/media/forwarding/received_track.ts";
import { RtpInbox } from "../../../transport/media/rtp_inbox.ts";
import { SrtpReceiver } from "../../../transport/media/srtp/srtp_receiver.ts";
import { SrtpSender } from "../../../transport/media/srtp/srtp_sender.ts";
import { makeKeys, makePacket, profiles, protect } from "./srtp/make_packet.ts";

const vp8 = { payloadType: 96, mimeType: "video/VP8", clockRate: 90_000, channels: 1, parameters: "", feedback: [] };
const rtxPayloadType = 97;
const ssrcOf = (mid: number) => 100 + mid;
const rtxSsrcOf = (mid: number) => 200 + mid;

function endOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

/** An inbox with two video sections, which writes down what subscribers get and whether the history has it in its place. */
function openInbox(keys: ReturnType<typeof makeKeys>) {
  const log: string[] = [];
  const faults: unknown[] = [];
  const missing: number[] = [];
  const inbox = new RtpInbox({
    noteArrival: () => undefined,
    onMissing: () => missing.push(1),
    onFault: (error) => faults.push(error),
  });
  inbox.open(new SrtpReceiver(keys));
  const sections = [0, 1].map((mid) => {
    const track = new ReceivedTrack({
      id: String(mid),
      mid: String(mid),
      kind: "video",
      rids: [],
      streamIds: [],
      requestKeyframe: () => undefined,
      onHandlerError: (error) => faults.push(error),
    });
    track.setCodecs([vp8]);
    track.source.addSink({
      receivePacket: (packet) => {
        const { sequenceNumber, byteLength, bytes } = packet;
        const isKept = track.source.layers[0]?.history.get(sequenceNumber) === packet;
        log.push(
          `${mid} ${sequenceNumber} ${bytes.toString("hex", 12, Math.min(20, byteLength))} ${byteLength} ${isKept}`,
        );
      },
      layerArrived: () => undefined,
      wantedLayers: 1,
      sourcePaused: () => log.push(`${mid} paused`),
    });
    const parameters = { codecs: [vp8], rtxPayloadTypes: new Map([[96, rtxPayloadType]]), hasNack: true };
    const remote = { mid: String(mid), ssrcs: [[ssrcOf(mid), rtxSsrcOf(mid)]] };
    return { remote, parameters, track };
  });
  inbox.setSections(sections as never, []);
  return { inbox, log, faults, missing };
}

const kinds = ["next", "next", "next", "skip", "jump", "late", "again", "forged", "repair"] as const;

describe("RTP inbox", () => {
  it("[RX79] takes in many packets at a time as one at a time", async () => {
    const step = fc.record({
      kind: fc.constantFrom(...kinds),
      mid: fc.integer({ min: 0, max: 1 }),
      size: fc.integer({ min: 8, max: 1_100 }),
      by: fc.oneof(
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom(64, 128, 256, 1_024),
        fc.integer({ min: 1, max: 3_000 }),
      ),
      isLast: fc.boolean(),
    });
    const run = fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 90 }),
      fc.constantFrom(0, 65_480),
      fc.constantFrom(...profiles),
      async (steps, first, profile) => {
        const keys = makeKeys(profile);
        const streams = [0, 1].map((mid) => ({
          media: new SrtpSender(keys).openStream(ssrcOf(mid)),
          rtx: new SrtpSender(keys).openStream(rtxSsrcOf(mid)),
          next: first as number,
          nextRtx: 1,
          sent: [] as Buffer[],
        }));
        const datagrams = steps.map(({ kind, mid, size, by }) => {
          const stream = streams[mid];
          if (stream === undefined) throw new Error("There is no such section");
          const again = stream.sent[stream.sent.length - Math.min(by, stream.sent.length)];
          if (kind === "again" && again !== undefined) return Buffer.from(again);
          const hasBegun = stream.sent.length > 0;
          if (kind === "repair" && hasBegun) {
            const index = stream.nextRtx++;
            const { packet, headerLength } = makePacket(index, size, { ssrc: rtxSsrcOf(mid) });
            packet[1] = rtxPayloadType;
            packet.writeUInt16BE((stream.next - 1 - (by % 100)) & 0xffff, headerLength);
            return protect(stream.rtx, packet, headerLength, index);
          }
          let index = stream.next;
          if (hasBegun && (kind === "skip" || kind === "jump")) index += kind === "skip" ? by % 4 : by;
          if (hasBegun && kind === "late") index = Math.max(0, stream.next - 1 - (by % 130));
          else stream.next = index + 1;
          const { packet, headerLength } = makePacket(index, size, { ssrc: ssrcOf(mid) });
          const datagram = protect(stream.media, packet, headerLength, index);
          if (kind === "forged" && hasBegun) datagram[datagram.length - 1] = (datagram[datagram.length - 1] ?? 0) ^ 1;
          else stream.sent.push(Buffer.from(datagram));
          return datagram;
        });
        const [alone, together] = [openInbox(keys), openInbox(keys)];
        for (const datagram of datagrams) {
          alone.inbox.receive(Buffer.from(datagram), false);
          await endOfTurn();
        }
        for (const [index, datagram] of datagrams.entries()) {
          const copy = Buffer.allocUnsafeSlow(datagram.length);
          datagram.copy(copy);
          together.inbox.receive(copy, true);
          if (index % 17 === 16 && steps[index]?.isLast) await endOfTurn();
        }
        await endOfTurn();
        // Tracks of one client may change places within a turn; each has its own order.
        for (const mid of ["0", "1"]) {
          const of = (log: readonly string[]) => log.filter((line) => line.startsWith(mid));
          expect(of(together.log)).toEqual(of(alone.log));
        }
        expect([...alone.faults, ...together.faults]).toEqual([]);
      },
    );
    await fc.assert(run, { numRuns: 150 });
  });

  it("[RX79] gives memory back that is its own, and no other", async () => {
    const keys = makeKeys(profiles[0]);
    const { inbox, log } = openInbox(keys);
    const stream = new SrtpSender(keys).openStream(ssrcOf(0));
    const datagrams = [0, 1, 2].map((index) => {
      const { packet, headerLength } = makePacket(index, 100, { ssrc: ssrcOf(0) });
      return Buffer.from(new Uint8Array(protect(stream, packet, headerLength, index)).buffer);
    });
    for (const [index, datagram] of datagrams.entries()) inbox.receive(datagram, index !== 1);
    expect(datagrams.every(({ length }) => length > 100)).toBe(true);
    await endOfTurn();
    expect(log.length).toBe(3);
    expect(datagrams.map(({ length }) => length > 0)).toEqual([false, true, false]);
  });

  it("[RX81] tells at once when packets are missing", async () => {
    const keys = makeKeys(profiles[0]);
    const { inbox, missing } = openInbox(keys);
    const stream = new SrtpSender(keys).openStream(ssrcOf(0));
    const receive = async (index: number) => {
      const { packet, headerLength } = makePacket(index, 100, { ssrc: ssrcOf(0) });
      inbox.receive(protect(stream, packet, headerLength, index), false);
      await endOfTurn();
    };
    for (const index of [0, 1]) await receive(index);
    expect(missing.length).toBe(0);
    await receive(3);
    expect(missing.length).toBe(1);
  });
});
