/**
 * The header of a datagram, read before it is decrypted: SRTP leaves it plain (RFC 3711, 3.1). An object serves
 * one datagram after the other. Nothing in it is proven before the packet is.
 */
export class RtpHeader {
  hasPadding = false;
  hasExtension = false;
  csrcCount = 0;
  marker = false;
  payloadType = 0;
  /** 16 bits, as it stands on the wire. */
  sequenceNumber = 0;
  /** Unsigned, 32 bits. */
  timestamp = 0;
  /** Unsigned, 32 bits. */
  ssrc = 0;
  /** With contributing sources and header extensions; a multiple of 4. */
  headerLength = 0;

  /**
   * Reads RFC 3550, 5.1.
   *
   * @returns false for what is no RTP packet; the fields are then of no use
   */
  read(datagram: Buffer): boolean {
    const { length } = datagram;
    if (length < fixedLength) return false;
    const first = datagram[0] as number;
    if (first >> 6 !== 2) return false;
    const csrcCount = first & 0x0f;
    const hasExtension = (first & 0x10) !== 0;
    let headerLength = fixedLength + 4 * csrcCount;
    if (hasExtension) {
      if (headerLength + 4 > length) return false;
      headerLength += 4 + 4 * (((datagram[headerLength + 2] as number) << 8) | (datagram[headerLength + 3] as number));
    }
    if (headerLength > length) return false;
    const second = datagram[1] as number;
    this.hasPadding = (first & 0x20) !== 0;
    this.hasExtension = hasExtension;
    this.csrcCount = csrcCount;
    this.marker = second > 0x7f;
    this.payloadType = second & 0x7f;
    this.sequenceNumber = ((datagram[2] as number) << 8) | (datagram[3] as number);
    this.timestamp = readUint32(datagram, 4);
    this.ssrc = readUint32(datagram, 8);
    this.headerLength = headerLength;
    return true;
  }
}

const fixedLength = 12;

/** Tells RTCP from RTP on the one port that they share (RFC 5761, 4). */
export function isRtcp(datagram: Buffer): boolean {
  const second = datagram[1];
  return second !== undefined && second >= 192 && second <= 223;
}

/** As {@link readUint32}, of two bytes. */
export function readUint16(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] as number) << 8) | (bytes[offset + 1] as number);
}

/** Several times as fast as `Buffer.readUInt32BE`, which checks its arguments; the four bytes have to be there. */
export function readUint32(bytes: Uint8Array, offset: number): number {
  return (
    (((bytes[offset] as number) << 24) |
      ((bytes[offset + 1] as number) << 16) |
      ((bytes[offset + 2] as number) << 8) |
      (bytes[offset + 3] as number)) >>>
    0
  );
}
