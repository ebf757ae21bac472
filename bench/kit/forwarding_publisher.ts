import { extensionIds, type ForwardingPath, ForwardingPeer, payloadType } from "./forwarding_peer.ts";
import { Vp8Stream } from "./forwarding_vp8.ts";

/** The layers of a simulcast publisher: 150 kbit/s, 500 kbit/s and 2.4 Mbit/s at 30 frames a second. */
const layers = [
  { rid: "q", packetsPerFrame: 1, packetBytes: 625 },
  { rid: "h", packetsPerFrame: 2, packetBytes: 1_041 },
  { rid: "f", packetsPerFrame: 9, packetBytes: 1_100 },
] as const;
/** Packets of a frame without simulcast. */
export const packetsPerFrame = 9;
const senderReportIntervalMs = 1_000;
/** Seconds from 1900 to 1970. */
const ntpEpoch = 2_208_988_800;

/** What is sent, and for how long. */
export interface SendOrder {
  /** Frames of all its layers; a frame of one layer is 9 packets. */
  readonly framesPerSecond: number;
  readonly durationMs: number;
}

/** What is sent, and how. */
export interface PublisherOptions {
  readonly isReal: boolean;
  readonly isSimulcast: boolean;
  readonly path?: ForwardingPath;
}

/** A client that sends a VP8 track as an encoder does: frame by frame, each in one burst. Whoever opened it closes it. */
export class ForwardingPublisher {
  readonly peer: ForwardingPeer;
  readonly #streams: Vp8Stream[];
  /** Keyframes that it was asked for. */
  keyframeRequests = 0;

  constructor({ isReal, isSimulcast, path }: PublisherOptions) {
    let transportSequenceNumber = 0;
    const next = () => (transportSequenceNumber = (transportSequenceNumber + 1) & 0xffff);
    const mid = { id: extensionIds.mid, value: Buffer.from("0") };
    const real = isReal ? { transportSequence: { id: extensionIds.transportSequence, next } } : {};
    const used = isSimulcast ? layers : [{ rid: "", packetsPerFrame, packetBytes: 1_100 }];
    this.#streams = used.map(({ rid, packetsPerFrame, packetBytes }, index) => {
      const rids = isSimulcast ? [{ id: extensionIds.rid, value: Buffer.from(rid) }] : [];
      return new Vp8Stream({
        ssrc: 0x10_00_00 + index,
        payloadType,
        packetsPerFrame,
        packetBytes,
        isLayered: isSimulcast,
        extensions: isReal ? [mid, ...rids] : [],
        ...real,
      });
    });
    this.peer = new ForwardingPeer({
      streams: this.#streams.map(({ ssrc }, index) => (isSimulcast ? { ssrc, rid: used[index]?.rid ?? "" } : { ssrc })),
      isReal,
      receive: (packet) => this.#receive(packet),
      path,
    });
  }

  /** @returns the packets that were sent of the last layer */
  async send({ framesPerSecond, durationMs }: SendOrder): Promise<number> {
    const startedAtMs = performance.now();
    const frames = Math.round((framesPerSecond * durationMs) / 1_000);
    const before = this.#streams.at(-1)?.packetCount ?? 0;
    let reportedAtMs = Number.NEGATIVE_INFINITY;
    const send = (packet: Buffer) => this.peer.send(packet);
    for (let frame = 0; frame < frames; frame += 1) {
      const dueAtMs = startedAtMs + (frame * 1_000) / framesPerSecond;
      const waitMs = dueAtMs - performance.now();
      if (waitMs > 0.5) await new Promise((resolve) => setTimeout(resolve, waitMs));
      for (const stream of this.#streams) stream.sendFrame(dueAtMs, send);
      if (dueAtMs < reportedAtMs + senderReportIntervalMs) continue;
      reportedAtMs = dueAtMs;
      for (const stream of this.#streams) this.peer.send(writeSenderReport(stream));
    }
    return (this.#streams.at(-1)?.packetCount ?? 0) - before;
  }

  /** Feedback (RFC 4585): a keyframe request is answered by the next frame. */
  #receive(packet: Buffer): void {
    for (let offset = 0; offset + 12 <= packet.length; offset += 4 * (packet.readUInt16BE(offset + 2) + 1)) {
      const format = (packet[offset] ?? 0) & 0x1f;
      if (packet[offset + 1] !== 206 || (format !== 1 && format !== 4)) continue;
      this.keyframeRequests += 1;
      // A full intra request (RFC 5104, 4.3.1) names the stream behind the header.
      const ssrc = packet.readUInt32BE(offset + (format === 1 ? 8 : 12));
      for (const stream of this.#streams) if (stream.ssrc === ssrc) stream.requestKeyframe();
    }
  }
}

/** A sender report without blocks (RFC 3550, 6.4.1). */
function writeSenderReport({ ssrc, timestamp, packetCount, octetCount }: Vp8Stream): Buffer {
  const packet = Buffer.alloc(28);
  packet.writeUInt16BE(0x80c8, 0);
  packet.writeUInt16BE(6, 2);
  packet.writeUInt32BE(ssrc, 4);
  const now = Date.now() / 1_000 + ntpEpoch;
  packet.writeUInt32BE(Math.floor(now) >>> 0, 8);
  packet.writeUInt32BE(Math.floor((now % 1) * 2 ** 32), 12);
  packet.writeUInt32BE(timestamp, 16);
  packet.writeUInt32BE(packetCount, 20);
  packet.writeUInt32BE(octetCount >>> 0, 24);
  return packet;
}
