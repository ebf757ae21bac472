/** What a sender report says (RFC 3550, 6.4.1). */
export interface SenderInfo {
  /** Milliseconds since 1900 on the sender's clock, with fractions. */
  readonly ntpMs: number;
  /** The middle 32 bits of that time as they came: what reports repeat as LSR. */
  readonly compactNtp: number;
  readonly rtpTimestamp: number;
  readonly packetCount: number;
  readonly octetCount: number;
}

/** One report block (RFC 3550, 6.4.1), of a stream that its receiver is told about. */
export interface ReceptionReport {
  /** Of the stream that is reported on. */
  readonly ssrc: number;
  /** Since the report before, in 1/256. */
  readonly fractionLost: number;
  /** Since the beginning; negative when more came than were sent, as duplicates make it. */
  readonly cumulativeLost: number;
  /** 32 bits: the sequence number, and above it how often it came round. */
  readonly highestSequenceNumber: number;
  /** In units of the stream's clock. */
  readonly jitter: number;
  /** The compact NTP time of the last sender report; 0 before the first. */
  readonly lastSr: number;
  /** Since it came, in 1/65,536 s. */
  readonly delaySinceLastSr: number;
}

/** Told what an RTCP packet says, piece by piece. SSRCs are unsigned numbers of 32 bits; none is known to exist. */
export interface RtcpListener {
  senderReport(ssrc: number, info: SenderInfo): void;
  receptionReport(senderSsrc: number, report: ReceptionReport): void;
  /** Packets that did not arrive, by their sequence numbers of 16 bits (RFC 4585, 6.2.1). */
  nack(mediaSsrc: number, sequenceNumbers: readonly number[]): void;
  /** RFC 4585, 6.3.1. */
  pictureLoss(mediaSsrc: number): void;
  /** RFC 5104, 4.3.1; a request that is repeated keeps its sequence number of 8 bits. */
  fullIntraRequest(mediaSsrc: number, sequenceNumber: number): void;
  /** draft-alvestrand-rmcat-remb-03, 2.2: what the streams together may take, in bit/s. */
  bandwidthLimit(bitsPerSecond: number, ssrcs: readonly number[]): void;
  /** draft-holmer-rmcat-transport-wide-cc-extensions-01, 3.1: the whole RTCP packet, valid during the call. */
  transportFeedback(packet: Buffer): void;
  /** RFC 3550, 6.6. */
  goodbye(ssrcs: readonly number[]): void;
}
