import { randomInt } from "node:crypto";
import type { RTCDtlsTransport } from "werift";
import type { SentStream } from "./forwarding/sent_stream.ts";
import type { MediaClock, Ticking } from "./media_clock.ts";
import { isMedia, MediaPath } from "./media_path.ts";
import type { ReceptionReport, RtcpListener, SenderInfo } from "./rtp/rtcp_listener.ts";
import { readRtcp } from "./rtp/rtcp_reader.ts";
import { RtcpWriter } from "./rtp/rtcp_writer.ts";
import { isRtcp } from "./rtp/rtp_header.ts";
import { RtpInbox } from "./rtp_inbox.ts";
import { RtpOutbox } from "./rtp_outbox.ts";
import type { ReceivingSection } from "./rtp_router.ts";
import { type OpenStreamOptions, SentStreams } from "./sent_streams.ts";
import { SrtpReceiver } from "./srtp/srtp_receiver.ts";
import { SrtpSender } from "./srtp/srtp_sender.ts";
import { takeSrtp } from "./srtp_session.ts";
import { TransportFeedback } from "./transport_feedback.ts";

/** Reports go out about so often, in milliseconds; RFC 3550, 6.2 would have 5 s, libwebrtc has 1. */
const reportIntervalMs = 1_000;
/** And so often while there is nothing to tell of (RFC 3550, 6.2). */
const quietReportIntervalMs = 5_000;

export interface RtpTransportOptions {
  readonly transport: RTCDtlsTransport;
  readonly clock: MediaClock;
  /** RFC 8834, 4.9: one name for all that this side sends. */
  readonly cname: string;
  /** Told what was thrown while a packet of the client was taken in. */
  readonly onFault: (error: unknown) => void;
}

/** All RTP and RTCP of one DTLS transport: what comes goes to the inbox, what is sent goes through the outbox. */
export class RtpTransport implements RtcpListener, Ticking {
  readonly #options: RtpTransportOptions;
  readonly #path: MediaPath;
  readonly #inbox: RtpInbox;
  readonly #outbox: RtpOutbox;
  readonly #feedback: TransportFeedback;
  readonly #rtcp = new RtcpWriter((packet) => this.#outbox.sendRtcp(packet));
  /** Names this side where it only receives. */
  readonly #ssrc = randomInt(1, 2 ** 32 - 1);
  readonly #sent: SentStreams;
  #srtp: SrtpReceiver | undefined;
  #nextReportAtMs = 0;
  #reportedAtMs = Number.NEGATIVE_INFINITY;
  #isTicking = false;
  #isClosed = false;
  #isReceiving = false;
  #unsubscribe: (() => void) | undefined;

  constructor(options: RtpTransportOptions) {
    this.#options = options;
    const { transport } = options;
    const path = new MediaPath(transport.iceTransport.connection, (datagram) => this.#receive(datagram, true));
    this.#path = path;
    this.#outbox = new RtpOutbox({
      path,
      noteSent: (sequenceNumber, bytes, nowMs) => this.#sent.noteSent(sequenceNumber, bytes, nowMs),
    });
    this.#sent = new SentStreams(this.#outbox);
    this.#feedback = new TransportFeedback({
      senderSsrc: this.#ssrc,
      send: (packet) => this.#outbox.sendRtcp(packet),
    });
    this.#inbox = new RtpInbox({
      noteArrival: (sequenceNumber, ssrc, receivedAtMs) => this.#feedback.receive(sequenceNumber, ssrc, receivedAtMs),
      onMissing: () => options.clock.hurry(),
      onFault: options.onFault,
    });
    takeSrtp(transport, ({ local, remote }) => {
      if (this.#isClosed) return;
      this.#srtp = new SrtpReceiver(remote);
      this.#inbox.open(this.#srtp);
      this.#outbox.open(new SrtpSender(local));
      this.#unsubscribe = transport.iceTransport.connection.onData.subscribe((datagram) => {
        if (!isMedia(datagram)) return;
        path.noteReceived();
        this.#receive(datagram, false);
      }).unSubscribe;
    });
  }

  /** What the client sends from now on. */
  setReceiving(
    sections: readonly ReceivingSection[],
    extensions: Iterable<{ readonly id: number; readonly uri: string }>,
  ): void {
    this.#inbox.setSections(sections, extensions);
    this.#isReceiving = sections.length > 0;
    if (this.#isReceiving) this.#wake();
  }

  /** Asks the client for a keyframe of what a section carries. */
  requestKeyframe(mid: string, layer: number): void {
    const stream = this.#inbox.findStream(mid, layer);
    if (stream === undefined) return;
    this.#rtcp.pictureLoss(this.#ssrc, stream.ssrc);
    this.#rtcp.flush();
  }

  /** Opens a stream to the client. */
  openSentStream(options: OpenStreamOptions): SentStream {
    this.#wake();
    return this.#sent.open(options);
  }

  closeSentStream(stream: SentStream): void {
    this.#sent.close(stream);
  }

  /** The highest layer that a stream is to have. */
  preferLayer(stream: SentStream, layer: number): void {
    this.#sent.preferLayer(stream, layer);
  }

  /** Nothing more is sent or received. */
  close(): void {
    this.#isClosed = true;
    this.#options.clock.remove(this);
    this.#unsubscribe?.();
    this.#feedback.close();
    this.#sent.closeAll();
    this.#inbox.close();
    this.#outbox.close();
    this.#path.close();
  }

  tick(nowMs: number): boolean {
    if (!this.#isReceiving && this.#sent.size === 0) {
      this.#isTicking = false;
      this.#options.clock.remove(this);
      return false;
    }
    if (!this.#outbox.isOpen) return false;
    const isMissing = this.#isReceiving && this.#inbox.writeNacks(this.#rtcp, this.#ssrc, nowMs);
    if (isMissing) this.#rtcp.flush();
    const isProbing = this.#sent.tick(nowMs);
    if (nowMs >= this.#nextReportAtMs) this.#report(nowMs);
    return isMissing || isProbing;
  }

  #report(nowMs: number): void {
    // Between half and one and a half of the interval, so that transports do not fall into step (RFC 3550, 6.2).
    this.#nextReportAtMs = nowMs + reportIntervalMs * (0.5 + Math.random());
    const { cname } = this.#options;
    const { roundTripMs } = this.#sent;
    if (roundTripMs >= 0) this.#inbox.roundTripMs = roundTripMs;
    const reports = this.#inbox.takeReports(nowMs);
    const hasReport = this.#sent.writeReports(this.#rtcp, cname, nowMs);
    const isQuiet = reports.length === 0 && !hasReport;
    if (isQuiet && nowMs - this.#reportedAtMs < quietReportIntervalMs) return;
    this.#reportedAtMs = nowMs;
    if (reports.length > 0 || !hasReport) {
      this.#rtcp.receiverReport(this.#ssrc, reports);
      this.#rtcp.sourceDescription(this.#ssrc, cname);
    }
    this.#rtcp.flush();
  }

  senderReport(ssrc: number, info: SenderInfo): void {
    // The first packet of its stream may have come just before it.
    this.#inbox.takeIn();
    this.#inbox.receiveSenderReport(ssrc, info, performance.now());
  }

  receptionReport(_senderSsrc: number, report: ReceptionReport): void {
    this.#sent.receiveReport(report, performance.now());
  }

  nack(mediaSsrc: number, sequenceNumbers: readonly number[]): void {
    this.#sent.retransmit(mediaSsrc, sequenceNumbers, performance.now());
  }

  pictureLoss(mediaSsrc: number): void {
    this.#sent.requestKeyframe(mediaSsrc);
  }

  fullIntraRequest(mediaSsrc: number): void {
    this.#sent.requestKeyframe(mediaSsrc);
  }

  bandwidthLimit(bitsPerSecond: number): void {
    this.#sent.receiveBandwidthLimit(bitsPerSecond, performance.now());
  }

  transportFeedback(packet: Buffer): void {
    this.#sent.receiveTransportFeedback(packet, performance.now());
  }

  goodbye(): void {
    // What ends a track is signaled; a stream that only says so may come again.
  }

  /** Only what carries media needs the time. */
  #wake(): void {
    if (this.#isTicking || this.#isClosed) return;
    this.#isTicking = true;
    this.#options.clock.add(this);
  }

  /** @param isOurs nobody else has the datagram */
  #receive(datagram: Buffer, isOurs: boolean): void {
    if (!isRtcp(datagram)) {
      this.#inbox.receive(datagram, isOurs);
      return;
    }
    const packet = this.#srtp?.unprotectRtcp(datagram);
    if (packet !== undefined) readRtcp(packet, this);
  }
}
