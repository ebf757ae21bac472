import type { RtpPacket } from "../rtp/rtp_packet.ts";
import type { PacketHistory } from "./packet_history.ts";

/** A codec as both sides of a connection agreed on it, for one payload type. */
export interface RtpCodec {
  readonly payloadType: number;
  /** `video/VP8`, in the case of the registry. */
  readonly mimeType: string;
  readonly clockRate: number;
  /** The value of `a=fmtp`, `""` for none. */
  readonly parameters: string;
}

/** What the last sender report said of a stream (RFC 3550, 6.4.1). */
export interface SenderReport {
  /** Milliseconds since 1900 on the sender's clock, with fractions. */
  readonly ntpMs: number;
  readonly rtpTimestamp: number;
  /** Milliseconds of `performance.now`. */
  readonly receivedAtMs: number;
}

/** One stream of a track: the only one, or one of its simulcast layers. */
export interface MediaLayer {
  /** The RID (RFC 8851); "" without simulcast. */
  readonly rid: string;
  /** Of its stream: another one when another stream, on a clock of its own, took the place of that. */
  readonly history: PacketHistory;
  readonly senderReport: SenderReport | undefined;
  /** What came in the last second or so, in bit/s; 0 when nothing came. */
  readonly bitrate: number;
  /** The same up to each temporal layer, the lowest first; one entry where the codec has none. */
  readonly temporalBitrates: readonly number[];
}

/** A track that packets come from: of a client of this node, or of another node (`relay/`). */
export interface MediaSource {
  readonly kind: "audio" | "video";
  /** The lowest first, in the order of their bit rates; fixed in length from the start. */
  readonly layers: readonly MediaLayer[];
  /** Of the payload type of a packet. */
  findCodec(payloadType: number): RtpCodec | undefined;
  /** Asks for a keyframe of a layer; requests are gathered. */
  requestKeyframe(layer: number): void;
  /** A sink gets each packet from now on, in the order of arrival. Adding and removing is safe while packets are handed out. */
  addSink(sink: MediaSink): void;
  removeSink(sink: MediaSink): void;
}

/** Where packets of a source go. None of it throws. */
export interface MediaSink {
  /** The layers that it sends or waits for, as bits, the lowest layer the lowest one. A source may hand on just those. */
  readonly wantedLayers: number;
  /** `packet` is the source's: valid during the call, and afterwards by its sequence number in the layer's history. */
  receivePacket(packet: RtpPacket, layer: number): void;
  /** A packet of a layer came at `atMs` (`performance.now`), and is not handed on, as nobody wants it. */
  layerArrived(layer: number, atMs: number): void;
  /** The source stopped for a while (muted) or for good; the next packet begins anew. */
  sourcePaused(): void;
}
