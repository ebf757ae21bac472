import { datagramCalls, type PlacedPacket } from "../../../transport/media/datagram_calls.ts";

/** Packets in one piece of memory, as a batch has them, with a number in each byte. */
export function place(lengths: readonly number[]): PlacedPacket[] {
  const size = 2_048;
  const bytes = Buffer.allocUnsafeSlow(size * lengths.length);
  const address = datagramCalls?.addressOf(bytes) ?? 0;
  return lengths.map((length, index) => {
    const start = 64;
    const buffer = bytes.subarray(index * size, (index + 1) * size);
    buffer.fill(index + 1, start, start + length);
    const numbers = { headerLength: 12, index, transportSequenceOffset: -1, sendTimeOffset: -1 };
    return { buffer, address: address + index * size, start, end: start + length, ...numbers };
  });
}
