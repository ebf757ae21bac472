import type { ReceptionReport, RtcpListener, SenderInfo } from "../../../../transport/media/rtp/rtcp_listener.ts";

/** Writes down what it is told, as the name of the method and its arguments. */
export class RtcpLog implements RtcpListener {
  readonly told: unknown[][] = [];

  senderReport(ssrc: number, info: SenderInfo): void {
    this.told.push(["senderReport", ssrc, info]);
  }

  receptionReport(senderSsrc: number, report: ReceptionReport): void {
    this.told.push(["receptionReport", senderSsrc, report]);
  }

  nack(mediaSsrc: number, sequenceNumbers: readonly number[]): void {
    this.told.push(["nack", mediaSsrc, sequenceNumbers]);
  }

  pictureLoss(mediaSsrc: number): void {
    this.told.push(["pictureLoss", mediaSsrc]);
  }

  fullIntraRequest(mediaSsrc: number, sequenceNumber: number): void {
    this.told.push(["fullIntraRequest", mediaSsrc, sequenceNumber]);
  }

  bandwidthLimit(bitsPerSecond: number, ssrcs: readonly number[]): void {
    this.told.push(["bandwidthLimit", bitsPerSecond, ssrcs]);
  }

  transportFeedback(packet: Buffer): void {
    this.told.push(["transportFeedback", packet.toString("hex")]);
  }

  goodbye(ssrcs: readonly number[]): void {
    this.told.push(["goodbye", ssrcs]);
  }
}
