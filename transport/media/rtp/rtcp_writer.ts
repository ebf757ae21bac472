import { writeNtp } from "./ntp_time.ts";
import type { ReceptionReport } from "./rtcp_listener.ts";

/** Longest packet that is written, so that it fits every path with SRTCP's 14 bytes and more. Ours, as libwebrtc's is near it. */
const maxWrittenBytes = 1_200;
/** RFC 3550, 6.4.1: the count has five bits. */
const maxReportBlocks = 31;
const reportLength = 24;
/** RFC 3550, 6.5: the length has eight bits. */
const maxCnameBytes = 255;
const maxDescriptionBytes = 268;
const senderReportBytes = 28;

/** What is told of a stream that is sent (RFC 3550, 6.4.1). */
export interface SentReport {
  readonly ssrc: number;
  /** Milliseconds since 1900: `toNtpMs`. */
  readonly ntpMs: number;
  /** What the stream's timestamp is at that time; 32 bits. */
  readonly rtpTimestamp: number;
  /** Of the stream, since its beginning; they wrap at 32 bits. */
  readonly packetCount: number;
  readonly octetCount: number;
}

/**
 * Puts RTCP packets together and hands them over when they are as long as they may be, and on `flush`. What `send` gets is plain
 * and valid during the call. A compound packet begins with a report and names its sender (RFC 3550, 6.1): the caller writes
 * `senderReport` or `receiverReport`, then `sourceDescription`; feedback alone is reduced-size (RFC 5506).
 */
export class RtcpWriter {
  readonly #send: (packet: Buffer) => void;
  readonly #bytes = Buffer.alloc(maxWrittenBytes);
  #length = 0;
  /** The last name, and its bytes: it is nearly always the same. */
  #cname = "";
  #cnameBytes = Buffer.alloc(0);

  constructor(send: (packet: Buffer) => void) {
    this.#send = send;
  }

  /** Hands over what was written, if anything. */
  flush(): void {
    if (this.#length === 0) return;
    const packet = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    this.#send(packet);
  }

  senderReport(report: SentReport): void {
    // Its sender is named in the same packet.
    if (this.#length + senderReportBytes + maxDescriptionBytes > maxWrittenBytes) this.flush();
    const offset = this.#begin(200, 0, 24);
    const bytes = this.#bytes;
    bytes.writeUInt32BE(report.ssrc, offset);
    writeNtp(bytes, offset + 4, report.ntpMs);
    bytes.writeUInt32BE(report.rtpTimestamp >>> 0, offset + 12);
    bytes.writeUInt32BE(report.packetCount >>> 0, offset + 16);
    bytes.writeUInt32BE(report.octetCount >>> 0, offset + 20);
  }

  /** In one packet for each 31 reports; one with none of them is written for an empty list. */
  receiverReport(senderSsrc: number, reports: readonly ReceptionReport[]): void {
    let first = 0;
    do {
      const count = Math.min(reports.length - first, maxReportBlocks);
      let offset = this.#begin(201, count, 4 + count * reportLength);
      this.#bytes.writeUInt32BE(senderSsrc, offset);
      offset += 4;
      for (const report of reports.slice(first, first + count)) {
        writeReportBlock(this.#bytes, offset, report);
        offset += reportLength;
      }
      first += count;
    } while (first < reports.length);
  }

  /** RFC 3550, 6.5.1: what binds the streams of one sender together. A name over 255 bytes is cut. */
  sourceDescription(ssrc: number, cname: string): void {
    if (cname !== this.#cname) {
      this.#cname = cname;
      this.#cnameBytes = Buffer.from(cname).subarray(0, maxCnameBytes);
    }
    const name = this.#cnameBytes;
    // The list of items ends with a zero at least, and on a multiple of 4 bytes.
    const length = Math.ceil((4 + 2 + name.length + 1) / 4) * 4;
    const offset = this.#begin(202, 1, length);
    const bytes = this.#bytes;
    bytes.fill(0, offset, offset + length);
    bytes.writeUInt32BE(ssrc, offset);
    bytes[offset + 4] = 1;
    bytes[offset + 5] = name.length;
    name.copy(bytes, offset + 6);
  }

  /** Asks for packets again (RFC 4585, 6.2.1): sequence numbers in their order, of which the low 16 bits count. */
  nack(senderSsrc: number, mediaSsrc: number, sequenceNumbers: readonly number[]): void {
    const words = packNack(sequenceNumbers);
    const maxWords = (maxWrittenBytes - 12) / 4;
    for (let first = 0; first < words.length; first += maxWords) {
      const some = words.slice(first, first + maxWords);
      let offset = this.#beginFeedback(205, 1, senderSsrc, mediaSsrc, 4 * some.length);
      for (const word of some) offset = this.#bytes.writeUInt32BE(word, offset);
    }
  }

  /** RFC 4585, 6.3.1. */
  pictureLoss(senderSsrc: number, mediaSsrc: number): void {
    this.#beginFeedback(206, 1, senderSsrc, mediaSsrc, 0);
  }

  /** RFC 5104, 4.3.1; `sequenceNumber` counts the requests, 8 bits. */
  fullIntraRequest(senderSsrc: number, mediaSsrc: number, sequenceNumber: number): void {
    // The media SSRC of the common header is not used.
    const offset = this.#beginFeedback(206, 4, senderSsrc, 0, 8);
    this.#bytes.writeUInt32BE(mediaSsrc, offset);
    this.#bytes.writeUInt32BE((sequenceNumber & 0xff) * 2 ** 24, offset + 4);
  }

  #beginFeedback(type: number, format: number, senderSsrc: number, mediaSsrc: number, length: number): number {
    const offset = this.#begin(type, format, 8 + length);
    this.#bytes.writeUInt32BE(senderSsrc, offset);
    this.#bytes.writeUInt32BE(mediaSsrc, offset + 4);
    return offset + 8;
  }

  /** Writes the first four bytes of a packet with a body of `length` bytes, and says where that begins. */
  #begin(type: number, count: number, length: number): number {
    if (this.#length + 4 + length > maxWrittenBytes) this.flush();
    const offset = this.#length;
    const bytes = this.#bytes;
    bytes[offset] = 0x80 | count;
    bytes[offset + 1] = type;
    bytes.writeUInt16BE(length / 4, offset + 2);
    this.#length += 4 + length;
    return offset + 4;
  }
}

function writeReportBlock(bytes: Buffer, offset: number, report: ReceptionReport): void {
  bytes.writeUInt32BE(report.ssrc, offset);
  bytes[offset + 4] = report.fractionLost;
  bytes.writeIntBE(Math.max(-0x800000, Math.min(report.cumulativeLost, 0x7fffff)), offset + 5, 3);
  bytes.writeUInt32BE(report.highestSequenceNumber, offset + 8);
  bytes.writeUInt32BE(report.jitter, offset + 12);
  bytes.writeUInt32BE(report.lastSr, offset + 16);
  bytes.writeUInt32BE(report.delaySinceLastSr, offset + 20);
}

/** One word for a packet and those of the 16 after it that are missing, too. */
function packNack(sequenceNumbers: readonly number[]): number[] {
  const words: number[] = [];
  let first = 0;
  let following = 0;
  let isOpen = false;
  for (const sequenceNumber of sequenceNumbers) {
    const distance = (sequenceNumber - first) & 0xffff;
    if (isOpen && distance <= 16) {
      if (distance > 0) following |= 1 << (distance - 1);
      continue;
    }
    if (isOpen) words.push((first * 65_536 + following) >>> 0);
    first = sequenceNumber & 0xffff;
    following = 0;
    isOpen = true;
  }
  if (isOpen) words.push((first * 65_536 + following) >>> 0);
  return words;
}
