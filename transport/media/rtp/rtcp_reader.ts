import { readCompactNtp, readNtp } from "./ntp_time.ts";
import type { RtcpListener } from "./rtcp_listener.ts";
import { readUint32 } from "./rtp_header.ts";

/** Longest compound packet that is read; senders keep to the path's MTU (RFC 3550, 6.1). Ours. */
export const maxReadRtcpBytes = 2_048;
/** So many lost packets can one compound packet tell of; libwebrtc keeps no more of them, either. Ours. */
export const maxNackedPackets = 1_000;

const senderReportType = 200;
const receiverReportType = 201;
const goodbyeType = 203;
const transportFeedbackType = 205;
const payloadFeedbackType = 206;

/** Feedback message types (RFC 4585, 6.2 and 6.3; RFC 5104, 4.3; the drafts of transport-wide feedback and of REMB). */
const nackFormat = 1;
const transportWideFormat = 15;
const pictureLossFormat = 1;
const fullIntraFormat = 4;
const applicationFormat = 15;
/** "REMB". */
const bandwidthLimitId = 0x52454d42;

const headerLength = 4;
const senderInfoLength = 20;
const reportLength = 24;

/** A stretch of a packet, from `offset` up to `end`. */
interface Stretch {
  readonly bytes: Buffer;
  readonly offset: number;
  readonly end: number;
}

/**
 * Reads an RTCP packet, compound (RFC 3550, 6.1) or reduced-size (RFC 5506), decrypted. Packets of other types are skipped, as are
 * the pieces that a packet is too short for.
 *
 * @returns false for one that is too long or not well formed; what stands before the fault has been told
 */
export function readRtcp(compound: Buffer, listener: RtcpListener): boolean {
  const { length } = compound;
  if (length < headerLength || length > maxReadRtcpBytes) return false;
  const limit = { nackedLeft: maxNackedPackets };
  let start = 0;
  while (start < length) {
    if (start + headerLength > length) return false;
    const first = compound[start] as number;
    const next = start + 4 + 4 * compound.readUInt16BE(start + 2);
    if (first >> 6 !== 2 || next > length) return false;
    let end = next;
    if ((first & 0x20) !== 0) {
      const padding = compound[next - 1] as number;
      if (padding === 0 || padding > next - start - headerLength) return false;
      end -= padding;
    }
    readPacket({ bytes: compound, offset: start + headerLength, end }, limit, listener);
    start = next;
  }
  return true;
}

/** Reads one packet, of which `body` is all but the header. */
function readPacket(body: Stretch, limit: { nackedLeft: number }, listener: RtcpListener): void {
  const start = body.offset - headerLength;
  const count = (body.bytes[start] as number) & 0x1f;
  switch (body.bytes[start + 1]) {
    case senderReportType:
      readSenderReport(body, count, listener);
      break;
    case receiverReportType:
      readReports(body, count, listener);
      break;
    case goodbyeType:
      listener.goodbye(readSsrcs(body, count));
      break;
    case transportFeedbackType:
      if (count === nackFormat) limit.nackedLeft -= readNack(body, limit.nackedLeft, listener);
      else if (count === transportWideFormat) {
        // Whole, padding and all: its own reader counts by the length in its header.
        const next = start + 4 + 4 * body.bytes.readUInt16BE(start + 2);
        listener.transportFeedback(body.bytes.subarray(start, next));
      }
      break;
    case payloadFeedbackType:
      readPayloadFeedback(body, count, listener);
      break;
    default:
  }
}

function readSenderReport({ bytes, offset, end }: Stretch, count: number, listener: RtcpListener): void {
  if (offset + 4 + senderInfoLength > end) return;
  listener.senderReport(readUint32(bytes, offset), {
    ntpMs: readNtp(bytes, offset + 4),
    compactNtp: readCompactNtp(bytes, offset + 4),
    rtpTimestamp: readUint32(bytes, offset + 12),
    packetCount: readUint32(bytes, offset + 16),
    octetCount: readUint32(bytes, offset + 20),
  });
  readReportBlocks({ bytes, offset: offset + 4 + senderInfoLength, end }, count, readUint32(bytes, offset), listener);
}

function readReports({ bytes, offset, end }: Stretch, count: number, listener: RtcpListener): void {
  if (offset + 4 > end) return;
  readReportBlocks({ bytes, offset: offset + 4, end }, count, readUint32(bytes, offset), listener);
}

function readReportBlocks(blocks: Stretch, count: number, senderSsrc: number, listener: RtcpListener): void {
  const { bytes, end } = blocks;
  let { offset } = blocks;
  for (let left = count; left > 0 && offset + reportLength <= end; left -= 1) {
    listener.receptionReport(senderSsrc, {
      ssrc: readUint32(bytes, offset),
      fractionLost: bytes[offset + 4] as number,
      cumulativeLost: bytes.readIntBE(offset + 5, 3),
      highestSequenceNumber: readUint32(bytes, offset + 8),
      jitter: readUint32(bytes, offset + 12),
      lastSr: readUint32(bytes, offset + 16),
      delaySinceLastSr: readUint32(bytes, offset + 20),
    });
    offset += reportLength;
  }
}

/** @returns how many sequence numbers were told */
function readNack({ bytes, offset, end }: Stretch, limit: number, listener: RtcpListener): number {
  if (offset + 8 > end) return 0;
  const sequenceNumbers: number[] = [];
  for (let entry = offset + 8; entry + 4 <= end && sequenceNumbers.length < limit; entry += 4) {
    const first = bytes.readUInt16BE(entry);
    sequenceNumbers.push(first);
    const following = bytes.readUInt16BE(entry + 2);
    for (let bit = 0; bit < 16 && sequenceNumbers.length < limit; bit += 1) {
      if (((following >> bit) & 1) !== 0) sequenceNumbers.push((first + bit + 1) & 0xffff);
    }
  }
  if (sequenceNumbers.length > 0) listener.nack(readUint32(bytes, offset + 4), sequenceNumbers);
  return sequenceNumbers.length;
}

function readPayloadFeedback(stretch: Stretch, format: number, listener: RtcpListener): void {
  const { bytes, offset, end } = stretch;
  if (offset + 8 > end) return;
  if (format === pictureLossFormat) listener.pictureLoss(readUint32(bytes, offset + 4));
  else if (format === fullIntraFormat) {
    for (let entry = offset + 8; entry + 8 <= end; entry += 8) {
      listener.fullIntraRequest(readUint32(bytes, entry), bytes[entry + 4] as number);
    }
  } else if (format === applicationFormat) readBandwidthLimit(stretch, listener);
}

function readBandwidthLimit({ bytes, offset, end }: Stretch, listener: RtcpListener): void {
  if (offset + 16 > end || readUint32(bytes, offset + 8) !== bandwidthLimitId) return;
  const word = readUint32(bytes, offset + 12);
  const ssrcCount = word >>> 24;
  const exponent = (word >>> 18) & 0x3f;
  const mantissa = word & 0x3ffff;
  listener.bandwidthLimit(mantissa * 2 ** exponent, readSsrcs({ bytes, offset: offset + 16, end }, ssrcCount));
}

function readSsrcs({ bytes, offset, end }: Stretch, count: number): number[] {
  const ssrcs: number[] = [];
  for (let at = offset; ssrcs.length < count && at + 4 <= end; at += 4) ssrcs.push(readUint32(bytes, at));
  return ssrcs;
}
