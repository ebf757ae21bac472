import { maxSentPackets } from "./sent_packet_log.ts";

/** In place of a time for a packet that did not arrive. */
export const notReceived = -0x8000_0000;

const headerBytes = 20;
const runLengthMask = 0x1fff;
const smallDelta = 1;
const largeDelta = 2;
const reservedSymbol = 3;

/**
 * Reads transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01, 3.1; RTPFB with FMT 15). One for the whole
 * node will do: what it holds is valid until the next `read`, which allocates nothing.
 */
export class TransportFeedbackReader {
  /** The first sequence number that is told of. */
  baseSequenceNumber = 0;
  /** How many are told of, that one included: at most {@link maxSentPackets}, since no more are remembered. */
  statusCount = 0;
  /** In units of 64 ms, on the other side's clock, modulo 2^24. */
  referenceTime = 0;
  /** Counts the feedback packets, modulo 256. */
  packetCount = 0;
  /** When each arrived: in units of 250 microseconds since the reference time, or {@link notReceived}. */
  readonly arrivalTicks = new Int32Array(maxSentPackets);

  /** @returns false if the packet is no such feedback or is malformed; then the fields mean nothing */
  read(packet: Uint8Array): boolean {
    const end = findEnd(packet);
    if (end < headerBytes) return false;
    this.baseSequenceNumber = readUint16(packet, 12);
    this.statusCount = readUint16(packet, 14);
    this.referenceTime = (readUint16(packet, 16) << 8) | (packet[18] as number);
    this.packetCount = packet[19] as number;
    if (this.statusCount === 0 || this.statusCount > maxSentPackets) return false;
    const offset = this.#readSymbols(packet, end);
    return offset > 0 && this.#readDeltas(packet, offset, end);
  }

  /** Fills `arrivalTicks` with the symbols (3.1.1 to 3.1.4). Returns where the deltas begin, or -1. */
  #readSymbols(packet: Uint8Array, end: number): number {
    const { arrivalTicks, statusCount } = this;
    let count = 0;
    let offset = headerBytes;
    while (count < statusCount) {
      if (offset + 2 > end) return -1;
      const chunk = readUint16(packet, offset);
      offset += 2;
      if ((chunk & 0x8000) === 0) {
        const next = Math.min(statusCount, count + (chunk & runLengthMask));
        arrivalTicks.fill(chunk >> 13, count, next);
        count = next;
      } else if ((chunk & 0x4000) === 0) {
        for (let shift = 13; shift >= 0 && count < statusCount; shift -= 1) {
          arrivalTicks[count] = (chunk >> shift) & 1;
          count += 1;
        }
      } else {
        for (let shift = 12; shift >= 0 && count < statusCount; shift -= 2) {
          arrivalTicks[count] = (chunk >> shift) & 3;
          count += 1;
        }
      }
    }
    return offset;
  }

  /** Puts times in the place of symbols (3.1.5). */
  #readDeltas(packet: Uint8Array, start: number, end: number): boolean {
    const { arrivalTicks, statusCount } = this;
    let offset = start;
    let ticks = 0;
    for (let index = 0; index < statusCount; index += 1) {
      const symbol = arrivalTicks[index] as number;
      if (symbol === smallDelta) {
        if (offset >= end) return false;
        ticks += packet[offset] as number;
        offset += 1;
        arrivalTicks[index] = ticks;
      } else if (symbol === largeDelta) {
        if (offset + 2 > end) return false;
        ticks += (readUint16(packet, offset) << 16) >> 16;
        offset += 2;
        arrivalTicks[index] = ticks;
      } else if (symbol === reservedSymbol) {
        return false;
      } else {
        arrivalTicks[index] = notReceived;
      }
    }
    return true;
  }
}

/** Where the content of a feedback packet ends, its padding left out (RFC 3550, 6.4.1); -1 if it is none. */
function findEnd(packet: Uint8Array): number {
  if (packet.length < headerBytes) return -1;
  const first = packet[0] as number;
  if ((first & 0xdf) !== 0x8f || packet[1] !== 205) return -1;
  const end = 4 * (readUint16(packet, 2) + 1);
  if (end > packet.length) return -1;
  return (first & 0x20) === 0 ? end : end - (packet[end - 1] as number);
}

function readUint16(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] as number) << 8) | (bytes[offset + 1] as number);
}
