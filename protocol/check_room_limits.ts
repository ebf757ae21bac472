import type { ClientMessage } from "./client_message.ts";
import { SignalboxError } from "./signalbox_error.ts";

/** How much a client may say at once in a room. */
export interface RoomMessageLimits {
  readonly maxMediaSections: number;
  readonly maxMetadataBytes: number;
  readonly maxPayloadBytes: number;
  readonly maxRoomPeers: number;
}

/**
 * Holds a message that was read against the limits that can be set.
 *
 * @throws {SignalboxError} `message-too-large` for what has too many bytes, `bad-message` for too many entries; it names the field, what it
 *   has and what it may have.
 */
export function checkRoomLimits(message: ClientMessage, limits: RoomMessageLimits): void {
  switch (message.type) {
    case "offer":
      check(message.type, {
        field: "tracks",
        size: Object.keys(message.tracks ?? {}).length,
        max: limits.maxMediaSections,
      });
      break;
    case "join":
    case "metadata":
      check(message.type, {
        field: "metadata",
        size: bytesOf(message.metadata),
        max: limits.maxMetadataBytes,
        unit: "bytes",
      });
      break;
    case "data":
      check(message.type, { field: "to", size: message.to?.length ?? 0, max: limits.maxRoomPeers });
      check(message.type, {
        field: "payload",
        size: bytesOf(message.payload),
        max: limits.maxPayloadBytes,
        unit: "bytes",
      });
      break;
    default:
  }
}

interface Extent {
  readonly field: string;
  readonly size: number;
  readonly max: number;
  readonly unit?: string;
}

function check(type: string, { field, size, max, unit = "entries" }: Extent): void {
  if (size <= max) return;
  throw new SignalboxError(
    unit === "bytes" ? "message-too-large" : "bad-message",
    `Cannot take the ${type} message: ${field} has ${size} ${unit}, expected ${max} at most`,
  );
}

/** The length of a value as JSON in UTF-8; 0 for what is no value. */
export function bytesOf(value: unknown): number {
  return value === undefined ? 0 : new TextEncoder().encode(JSON.stringify(value)).length;
}
