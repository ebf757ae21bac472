import { findInspector } from "../../transport/media/codec/payload_inspector.ts";
import type { MediaSource } from "../../transport/media/forwarding/media_source.ts";
import { ReceivedTrack } from "../../transport/media/forwarding/received_track.ts";
import type { OutgoingPacket, RtpOutlet } from "../../transport/media/forwarding/rtp_outlet.ts";
import { SentStream } from "../../transport/media/forwarding/sent_stream.ts";
import { MediaClock } from "../../transport/media/media_clock.ts";
import { maxRelayMessageBytes } from "../../transport/media/relay/relay_buffers.ts";
import { TrackRelayReceiver } from "../../transport/media/relay/track_relay_receiver.ts";
import { TrackRelaySender } from "../../transport/media/relay/track_relay_sender.ts";
import { RtpHeader } from "../../transport/media/rtp/rtp_header.ts";
import { maxRtpPacketBytes, RtpPacket } from "../../transport/media/rtp/rtp_packet.ts";
import { Vp8Stream } from "./forwarding_vp8.ts";

const vp8 = { payloadType: 96, mimeType: "video/VP8", clockRate: 90_000, parameters: "" };
const parameters = {
  mid: "0",
  codecs: [vp8],
  rtxPayloadTypes: new Map([[96, 97]]),
  extensionIds: { mid: 1, transportSequenceNumber: 2, absSendTime: 3 },
};
const bufferBytes = 2_048;

/** Takes packets of subscribers as they are before SRTP, and counts them. */
class CountingOutlet implements RtpOutlet {
  readonly isOpen = true;
  count = 0;
  readonly #packet: OutgoingPacket = {
    buffer: Buffer.alloc(bufferBytes),
    start: 64,
    headerLength: 0,
    end: 0,
    index: 0,
    transportSequenceOffset: -1,
    sendTimeOffset: -1,
  };

  openStream() {
    return { protect: () => 0 };
  }

  takePacket(): OutgoingPacket {
    this.#packet.start = 64;
    return this.#packet;
  }

  send(): void {
    this.count += 1;
  }

  sendRtcp(): void {
    this.count += 0;
  }
}

/** What packets of a track are forwarded to. */
export interface CountingSubscriber {
  readonly count: number;
  stop(): void;
}

/** Subscribes a client to a track, whose packets are counted as they are before SRTP. */
export function subscribeCounting(source: MediaSource): CountingSubscriber {
  const outlet = new CountingOutlet();
  const stream = new SentStream({ ssrc: 1, rtxSsrc: 2, outlet, source });
  stream.configure(parameters);
  return {
    get count() {
      return outlet.count;
    },
    stop: () => stream.stop(),
  };
}

/** Which parts there are of the way from the publisher's node to a subscriber. */
export type RelayEnds = "none" | "local subscriber" | "relay, publisher's end" | "relay, both ends";

/** The packets of a publisher, in bursts as of frames, and whoever they go to. */
export class RelayedBursts {
  /** Messages that crossed, their bytes, and packets that reached a subscriber. */
  messages = 0;
  bytes = 0;
  readonly track: ReceivedTrack;
  readonly #clock = new MediaClock();
  readonly #received = Array.from({ length: 8 }, () => Buffer.alloc(maxRelayMessageBytes));
  readonly #packets: readonly RtpPacket[];
  readonly #layers: readonly number[];
  readonly #close: () => void;
  #subscriber: CountingSubscriber | undefined;
  #index = 1_000;

  /** @param packetsPerBurst that come in one turn of the event loop */
  constructor(ends: RelayEnds, packetsPerBurst: number, packetBytes: number) {
    this.track = new ReceivedTrack({
      id: "camera",
      kind: "video",
      mid: "0",
      rids: [],
      streamIds: [],
      requestKeyframe: () => undefined,
      onHandlerError: fail,
    });
    this.track.setCodecs([vp8]);
    this.#packets = makePackets(packetsPerBurst, packetBytes);
    this.#layers = this.#packets.map(() => 0);
    this.#close = this.#attach(ends);
  }

  get forwarded(): number {
    return this.#subscriber?.count ?? 0;
  }

  /** What comes in one turn. Every burst is a keyframe, so that a subscriber can begin at any time. */
  burst(): void {
    for (const packet of this.#packets) {
      this.#index += 1;
      packet.sequenceNumber = this.#index;
      packet.bytes.writeUInt16BE(this.#index & 0xffff, 2);
      packet.receivedAtMs = performance.now();
    }
    this.track.deliver(this.#packets, this.#layers);
  }

  close(): void {
    this.#close();
    this.track.end();
  }

  #attach(ends: RelayEnds): () => void {
    if (ends === "none") return () => undefined;
    if (ends === "local subscriber") {
      const subscriber = subscribeCounting(this.track.source);
      this.#subscriber = subscriber;
      return () => subscriber.stop();
    }
    let receiver: TrackRelayReceiver | undefined;
    const isWhole = ends === "relay, both ends";
    const sender = new TrackRelaySender({
      track: this.track,
      clock: this.#clock,
      onFault: fail,
      send: (_, message) => {
        this.messages += 1;
        this.bytes += message.length;
        if (!isWhole) return;
        // The memory that a bus receives into is another one.
        const received = this.#received[this.messages % this.#received.length] as Buffer;
        received.set(message);
        receiver?.receive(received.subarray(0, message.length));
      },
    });
    receiver = new TrackRelayReceiver({
      trackId: "camera",
      description: sender.describe(),
      clock: this.#clock,
      sendRequest: (message) => sender.receiveRequest("node", message),
      onWantedLayers: () => undefined,
      onHandlerError: fail,
    });
    const subscriber = subscribeCounting(receiver.track.source);
    this.#subscriber = subscriber;
    return () => {
      subscriber.stop();
      sender.close();
      receiver.close();
    };
  }
}

function fail(error: unknown): never {
  throw error;
}

/** A keyframe's packets, read as a received stream reads them. */
function makePackets(count: number, packetBytes: number): RtpPacket[] {
  const made: RtpPacket[] = [];
  const inspect = findInspector(vp8.mimeType);
  const header = new RtpHeader();
  const options = { ssrc: 1, payloadType: 96, packetsPerFrame: count, packetBytes, isLayered: true };
  new Vp8Stream(options).sendFrame(0, (bytes) => {
    const packet = new RtpPacket(Buffer.allocUnsafeSlow(maxRtpPacketBytes));
    bytes.copy(packet.bytes);
    header.read(bytes);
    packet.byteLength = bytes.length;
    packet.payloadType = header.payloadType;
    packet.marker = header.marker;
    packet.payloadOffset = header.headerLength;
    packet.payloadLength = bytes.length - header.headerLength;
    inspect(packet);
    made.push(packet);
  });
  return made;
}
