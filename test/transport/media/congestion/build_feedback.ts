/** The sequence number that {@link buildFeedback} begins with. */
export const feedbackBase = 65_530;

/**
 * A feedback packet from its chunks and the bytes of its deltas (draft-holmer-rmcat-transport-wide-cc-extensions-01, 3.1), right or
 * wrong.
 */
export function buildFeedback(
  statusCount: number,
  chunks: readonly number[],
  deltas: readonly number[],
  referenceTime = 0xabcdef,
): Buffer {
  const length = Math.ceil((20 + 2 * chunks.length + deltas.length) / 4) * 4;
  const packet = Buffer.alloc(length);
  packet.writeUInt8(0x8f, 0);
  packet.writeUInt8(205, 1);
  packet.writeUInt16BE(length / 4 - 1, 2);
  packet.writeUInt16BE(feedbackBase, 12);
  packet.writeUInt16BE(statusCount, 14);
  packet.writeUIntBE(referenceTime, 16, 3);
  packet.writeUInt8(9, 19);
  let offset = 20;
  for (const chunk of chunks) offset = packet.writeUInt16BE(chunk, offset);
  for (const delta of deltas) offset = packet.writeUInt8(delta, offset);
  return packet;
}
