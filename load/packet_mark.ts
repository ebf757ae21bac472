/** Bytes of a mark. */
export const markBytes = 16;
/** "SBLD": tells our packets from those of others in the same room. */
const magic = 0x53424c44;

/** What a packet says of itself at its end. */
export interface PacketMark {
  /** Counts the packets of a track from 0. */
  readonly number: number;
  /** When it was sent, in milliseconds since 1970. */
  readonly sentAtMs: number;
}

/** Writes a mark over the last bytes of a payload, which its decoder does not look at. */
export function writeMark(payload: Buffer, { number, sentAtMs }: PacketMark): void {
  const start = payload.length - markBytes;
  payload.writeUInt32BE(magic, start);
  payload.writeUInt32BE(number >>> 0, start + 4);
  payload.writeDoubleBE(sentAtMs, start + 8);
}

/** Reads the mark of a payload; undefined when it has none. */
export function readMark(payload: Buffer): PacketMark | undefined {
  const start = payload.length - markBytes;
  if (start < 0 || payload.readUInt32BE(start) !== magic) return undefined;
  return { number: payload.readUInt32BE(start + 4), sentAtMs: payload.readDoubleBE(start + 8) };
}
