import type { SrtpSendStream } from "../srtp/srtp_sender.ts";

/** A packet under way: plain, with `srtpTailroom` behind `end`, and room before `start` that a writer may use. */
export interface OutgoingPacket {
  /** Its own until it is sent. */
  buffer: Buffer;
  /** A multiple of 4. */
  start: number;
  /** Length of the RTP header with its extensions; a multiple of 4. */
  headerLength: number;
  end: number;
  /** The packet index: the sequence number, counted on past 65,535. */
  index: number;
  /** Where in `buffer` the two bytes of the transport-wide sequence number stand, or -1. */
  transportSequenceOffset: number;
  /** Where the three bytes of abs-send-time stand, or -1. */
  sendTimeOffset: number;
}

/** The way out of one transport, as its sent streams see it. */
export interface RtpOutlet {
  /** Nothing can be sent yet, or any more. */
  readonly isOpen: boolean;
  /** For one SSRC; once for its life on this transport. Only while open. */
  openStream(ssrc: number): SrtpSendStream;
  /** A packet to fill; it is the outlet's, and has to be handed to `send` or dropped in the same call. */
  takePacket(): OutgoingPacket;
  /** Numbers, protects and sends. */
  send(packet: OutgoingPacket, stream: SrtpSendStream): void;
  /** Sends RTCP, which is compound (RFC 3550, 6.1) or reduced-size (RFC 5506), plain. */
  sendRtcp(packet: Buffer): void;
}
