// How long what nodes tell each other can become, from the limits of what clients may say.

/** Longest message that a NATS server takes unless it is configured otherwise (`max_payload`). */
export const natsMaxPayloadBytes = 1_048_576;

/** The limits that decide it. */
export interface BusMessageLimits {
  readonly maxQueuedBytes: number;
  readonly maxPayloadBytes: number;
  readonly maxMessageBytes: number;
  readonly maxRoomPeers: number;
}

/** A limit that a message of the bus grows with. */
export type BusLimitName = Exclude<keyof BusMessageLimits, "maxRoomPeers">;

/** An id in JSON with its comma, and with what else is told of each peer. */
const idBytes = 67;
const peerBytes = 128;
/** A name of a room, a topic, and the braces. */
const restBytes = 2_048;
/** The longest label of a data channel (RFC 8832, 5.1). */
const labelBytes = 65_535;

/**
 * The largest value of each limit with which all that depends on it fits into one message of the bus; negative where the bus takes too
 * little for any.
 */
export function busBounds(
  { maxRoomPeers }: BusMessageLimits,
  maxBytes: number,
): Readonly<Record<BusLimitName, number>> {
  const room = maxBytes - restBytes;
  return {
    // What the members of a room say of themselves has half of it (see `room_extent.ts`).
    maxQueuedBytes: 2 * (room - peerBytes * maxRoomPeers),
    maxPayloadBytes: room - idBytes * maxRoomPeers,
    maxMessageBytes: room - labelBytes,
  };
}

/** The limits that are too large for a bus, with what they may be. */
export function excessiveLimits(
  limits: BusMessageLimits,
  maxBytes: number,
): { readonly name: BusLimitName; readonly bound: number }[] {
  const bounds = Object.entries(busBounds(limits, maxBytes)) as [BusLimitName, number][];
  return bounds.filter(([name, bound]) => limits[name] > bound).map(([name, bound]) => ({ name, bound }));
}
