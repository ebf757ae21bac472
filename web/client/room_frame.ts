/** What came on a room channel, and from whom. */
export interface ChannelMessage {
  /** The id of the sender's peer. */
  readonly from: string;
  readonly data: string | Uint8Array;
}

/**
 * Reads a message of a room channel (docs/protocol.md, "Room channels"): text behind the sender's id and a line feed, bytes behind
 * the length of the id and the id. Undefined for what is not from the room.
 */
export function parseRoomFrame(data: string | ArrayBuffer): ChannelMessage | undefined {
  if (typeof data === "string") {
    const end = data.indexOf("\n");
    return end === -1 ? undefined : { from: data.slice(0, end), data: data.slice(end + 1) };
  }
  const bytes = new Uint8Array(data);
  const length = bytes[0] ?? 0;
  if (bytes.length < 1 + length) return undefined;
  return { from: new TextDecoder().decode(bytes.subarray(1, 1 + length)), data: bytes.slice(1 + length) };
}
