import type { RtpPacket } from "../rtp/rtp_packet.ts";

/** Where a packet stands among those of its stream that came before it. */
export class FrameTracker {
  /** It is older than one that came before: reordered, or sent again. */
  isLate = false;
  /** Nothing is missing between it and the newest one before it; so for the first of a stream. */
  followsLast = false;
  /** It is the first that came of its timestamp. */
  isNewTimestamp = false;
  #sequenceNumber = -1;
  #timestamp = -1;

  /** Takes the next packet in the order of arrival and sets the fields for it. One without a payload is of no frame. */
  observe(packet: RtpPacket): void {
    const { sequenceNumber } = packet;
    this.isLate = sequenceNumber <= this.#sequenceNumber;
    this.followsLast = sequenceNumber === this.#sequenceNumber + 1 || this.#sequenceNumber === -1;
    this.isNewTimestamp = false;
    if (this.isLate) return;
    this.#sequenceNumber = sequenceNumber;
    if (packet.payloadLength === 0 || packet.timestamp === this.#timestamp) return;
    this.#timestamp = packet.timestamp;
    this.isNewTimestamp = true;
  }
}
