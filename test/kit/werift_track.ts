import {
  MediaStreamTrack,
  PictureLossIndication,
  type RTCPeerConnection,
  type RTCRtpTransceiver,
  RtcpPayloadSpecificFeedback,
  type RtcpReceiverInfo,
  RtcpRrPacket,
  RtpHeader,
  RtpPacket,
} from "werift";
import { eventually } from "./eventually.ts";
import { Mailbox } from "./mailbox.ts";

/** RTP clock ticks in one frame: 20 ms of Opus, a thirtieth of a second of video. */
const TICKS_PER_FRAME = { audio: 960, video: 3000 } as const;
const FRAME_MS = { audio: 20, video: 33 } as const;

/** RFC 7741: payload descriptor (start of partition 0), key frame header and start code of a 64 x 64 picture. */
const VP8_KEY_FRAME = Buffer.from([0x10, 0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x00, 0x40, 0x00]);
/** RFC 6716 section 3.1: one CELT frame of 20 ms, mono. */
const OPUS_FRAME = Buffer.from([0xf8]);

/**
 * A track of a werift client: writes numbered frames as RTP and collects the numbers of those that came back.
 *
 * The frames look like Opus and like VP8 key frames to whoever forwards them, but no decoder would show them.
 */
export class WeriftTrack {
  readonly transceiver: RTCRtpTransceiver;
  /** The frame numbers that came back, in the order of arrival. */
  readonly returned: number[] = [];
  /** The packets that came back. */
  readonly returnedPackets: RtpPacket[] = [];
  /** What the other side says of this track's packets (RFC 3550, 6.4.2). */
  readonly reports = new Mailbox<RtcpReceiverInfo>("a receiver report");
  readonly #kind: "audio" | "video";
  readonly #track: MediaStreamTrack;
  /** How many keyframes the other side asked for. */
  keyframeRequests = 0;
  #firstTimestamp = 0;
  #sent = 0;

  constructor(pc: RTCPeerConnection, kind: "audio" | "video") {
    this.#kind = kind;
    this.#track = new MediaStreamTrack({ kind });
    this.transceiver = pc.addTransceiver(this.#track, { direction: "sendrecv" });
    this.transceiver.onTrack.subscribe((track) => this.collect(track));
    this.transceiver.sender.onPictureLossIndication.subscribe(() => {
      this.keyframeRequests += 1;
    });
    this.transceiver.sender.onRtcp.subscribe((packet) => {
      if (packet instanceof RtcpRrPacket) for (const report of packet.reports) this.reports.push(report);
    });
  }

  /** How many frames were written so far. */
  get sent(): number {
    return this.#sent;
  }

  /** Counts the frames of another remote track as returned, too. */
  collect(track: MediaStreamTrack): void {
    track.onReceiveRtp.subscribe((packet) => {
      const number = frameNumber(packet.payload);
      if (number === undefined) return;
      this.returned.push(number);
      this.returnedPackets.push(packet);
    });
  }

  /** Asks for a keyframe of what comes back, as a browser does: with the SSRC of the stream that it sends as its own. */
  async requestKeyframe(): Promise<void> {
    const { receiver, sender } = this.transceiver;
    const mediaSsrc = receiver.track.ssrc ?? this.returnedPackets[0]?.header.ssrc ?? 0;
    const feedback = new PictureLossIndication({ senderSsrc: sender.ssrc, mediaSsrc });
    await receiver.dtlsTransport.sendRtcp([new RtcpPayloadSpecificFeedback({ feedback })]);
  }

  /**
   * Writes frames at their natural pace until `count` of them have come back.
   *
   * @throws Error with the numbers seen when it takes longer than `timeoutMs` (default 10,000).
   */
  async sendUntilReturned(count: number, timeoutMs = 10_000): Promise<void> {
    const timer = setInterval(() => this.writeFrame(), FRAME_MS[this.#kind]);
    try {
      await eventually(() => this.returned.length >= count, {
        what: `${count} ${this.#kind} frames to come back`,
        timeoutMs,
        describe: () => ({ sent: this.#sent, returned: this.returned }),
      });
    } finally {
      clearInterval(timer);
    }
  }

  /** Moves the RTP timestamps of the frames to come, as a new source of the same track does. */
  jumpTimestamps(ticks: number): void {
    this.#firstTimestamp += ticks;
  }

  /** Writes one frame of one packet, which carries its number, and as many bytes more. */
  writeFrame(moreBytes = 0): void {
    const number = this.#sent++;
    const prefix = this.#kind === "audio" ? OPUS_FRAME : VP8_KEY_FRAME;
    const payload = Buffer.alloc(prefix.length + 8 + moreBytes, 0);
    prefix.copy(payload);
    payload.write("n", prefix.length);
    payload.writeUInt32BE(number, payload.length - 4);
    const header = new RtpHeader({
      payloadType: this.transceiver.codecs[0]?.payloadType ?? 96,
      sequenceNumber: number & 0xffff,
      timestamp: (this.#firstTimestamp + number * TICKS_PER_FRAME[this.#kind]) >>> 0,
      marker: this.#kind === "video",
    });
    this.#track.writeRtp(new RtpPacket(header, payload));
  }
}

function frameNumber(payload: Buffer): number | undefined {
  return payload.length < 9 ? undefined : payload.readUInt32BE(payload.length - 4);
}
