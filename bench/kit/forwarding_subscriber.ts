import { TransportFeedback } from "../../transport/media/transport_feedback.ts";
import { type Received, SequenceCounter } from "./forwarding_counter.ts";
import { type ForwardingPath, ForwardingPeer } from "./forwarding_peer.ts";

/** One packet in so many is asked for again. */
const nackEvery = 100;
const receiverReportIntervalMs = 1_000;
const senderSsrc = 0x5b;

/** A client that receives a track and counts. Whoever opened it closes it. */
export class ForwardingSubscriber {
  readonly peer: ForwardingPeer;
  readonly #counter = new SequenceCounter();
  readonly #feedback: TransportFeedback | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  #ssrc = -1;
  #repaired = 0;
  #highest = 0;
  #sinceNack = 0;
  /** The middle of the NTP time of the last sender report. */
  #lastSenderReport = 0;
  #senderReportAtMs = 0;

  constructor({ isReal, path }: { readonly isReal: boolean; readonly path?: ForwardingPath }) {
    const receive = isReal ? (packet: Buffer) => this.#receiveReal(packet) : this.#receive;
    this.peer = new ForwardingPeer({ isReal, receive, path });
    if (!isReal) return;
    this.#feedback = new TransportFeedback({ send: (packet) => this.peer.send(packet), senderSsrc });
    this.#timer = setInterval(() => this.#report(), receiverReportIntervalMs);
  }

  /** What came since the last call. */
  take(): Received {
    const received = this.#counter.take();
    const repaired = this.#repaired;
    this.#repaired = 0;
    return { ...received, repeated: received.repeated + repaired };
  }

  close(): void {
    clearInterval(this.#timer);
    this.#feedback?.close();
    this.peer.close();
  }

  readonly #receive = (packet: Buffer): void => {
    if (((packet[1] ?? 0) & 0x7f) === this.peer.mediaPayloadType) this.#counter.count(packet.readUInt16BE(2));
  };

  #receiveReal(packet: Buffer): void {
    const type = packet[1] ?? 0;
    if (type === 200) this.#receiveSenderReport(packet);
    if (type >= 192 && type <= 223) return;
    this.#tellArrival(packet);
    // Not as the first: a retransmission stream (RFC 4588) has its own SSRC and payload type.
    if (this.#ssrc === -1 && (type & 0x7f) === this.peer.mediaPayloadType) this.#ssrc = packet.readUInt32BE(8);
    if (packet.readUInt32BE(8) !== this.#ssrc) {
      this.#repaired += 1;
      return;
    }
    const sequenceNumber = packet.readUInt16BE(2);
    this.#counter.count(sequenceNumber);
    this.#highest = sequenceNumber;
    this.#sinceNack += 1;
    if (this.#sinceNack < nackEvery) return;
    this.#sinceNack = 0;
    this.peer.send(this.#writeNack(sequenceNumber));
  }

  #receiveSenderReport(packet: Buffer): void {
    this.#lastSenderReport = packet.readUInt32BE(10);
    this.#senderReportAtMs = performance.now();
  }

  #tellArrival(packet: Buffer): void {
    const number = findExtension(packet, this.peer.transportSequenceId);
    if (number >= 0) this.#feedback?.receive(packet.readUInt16BE(number), packet.readUInt32BE(8));
  }

  /** A generic NACK of one packet (RFC 4585, 6.2.1), behind a receiver report, as without `rtcp-rsize`. */
  #writeNack(sequenceNumber: number): Buffer {
    const packet = Buffer.alloc(48);
    this.#writeReport(packet);
    packet.writeUInt32BE(0x81cd_0003, 32);
    packet.writeUInt32BE(senderSsrc, 36);
    packet.writeUInt32BE(this.#ssrc >>> 0, 40);
    packet.writeUInt16BE(sequenceNumber, 44);
    return packet;
  }

  #report(): void {
    if (this.#ssrc === -1 || !this.peer.isOpen) return;
    const packet = Buffer.alloc(32);
    this.#writeReport(packet);
    this.peer.send(packet);
  }

  /** A receiver report of one block (RFC 3550, 6.4.2): 1 % lost, little jitter. */
  #writeReport(packet: Buffer): void {
    packet.writeUInt32BE(0x81c9_0007, 0);
    packet.writeUInt32BE(senderSsrc, 4);
    packet.writeUInt32BE(this.#ssrc >>> 0, 8);
    packet[12] = Math.round(256 / nackEvery);
    packet.writeUInt32BE(this.#highest, 16);
    packet.writeUInt32BE(100, 20);
    if (this.#lastSenderReport === 0) return;
    packet.writeUInt32BE(this.#lastSenderReport, 24);
    packet.writeUInt32BE(Math.round(((performance.now() - this.#senderReportAtMs) * 65_536) / 1_000), 28);
  }
}

/** Where the value of a one-byte header extension (RFC 8285, 4.2) begins, or -1. */
function findExtension(packet: Buffer, id: number): number {
  if (((packet[0] ?? 0) & 0x10) === 0) return -1;
  let offset = 12 + 4 * ((packet[0] ?? 0) & 0x0f);
  if (packet.readUInt16BE(offset) !== 0xbede) return -1;
  const end = offset + 4 + 4 * packet.readUInt16BE(offset + 2);
  offset += 4;
  while (offset < end) {
    const byte = packet[offset] ?? 0;
    if (byte >> 4 === id) return offset + 1;
    offset += byte === 0 ? 1 : 2 + (byte & 0x0f);
  }
  return -1;
}
