import { integer } from "./setting.ts";

// Bounds without a source are ours.

const MIB = 1_048_576;

/** How much of something a client, a peer or the node may have. */
export const limitSettings = {
  maxFrameBytes: integer({
    meaning: "Longest WebSocket frame from a client; a longer one closes its socket.",
    default: 262_144,
    min: 1_024,
    max: 16 * MIB,
  }),
  maxSessions: integer({
    meaning: "Clients at the same time; more are refused as `overloaded`.",
    default: 10_000,
    min: 1,
    max: 1_000_000,
  }),
  maxDetachedSessions: integer({
    meaning: "Clients in rooms whose sockets dropped and who are waited for; the others have left at once.",
    default: 1_000,
    min: 0,
    max: 1_000_000,
  }),
  maxMessagesPerSecond: integer({
    meaning: "Messages that a client may send in a second; more are dropped.",
    default: 100,
    min: 1,
    max: 100_000,
  }),
  maxErrorsPerMinute: integer({
    meaning: "Errors that a client may cause in a minute; more close its socket.",
    default: 60,
    min: 1,
    max: 100_000,
  }),
  throttleBytes: integer({
    meaning: "Bytes queued for a client from which on it counts as slow.",
    default: 65_536,
    min: 1_024,
    max: 1_024 * MIB,
  }),
  maxQueuedBytes: integer({
    meaning: "Bytes that may be queued for a client; more close its socket.",
    default: MIB,
    min: 16_384,
    max: 1_024 * MIB,
  }),
  maxMediaSections: integer({
    meaning: "Media sections in a description: what a client sends and what it is sent, together.",
    default: 128,
    min: 1,
    max: 1_024,
  }),
  maxWaitingCandidates: integer({
    meaning: "Candidates kept for a peer until their description comes.",
    default: 100,
    min: 1,
    max: 10_000,
  }),
  maxCandidates: integer({
    meaning: "Candidates taken from a peer for one ICE generation.",
    default: 200,
    min: 1,
    max: 10_000,
  }),
  maxRooms: integer({
    meaning: "Rooms at the same time; a join that would open one more is refused as `overloaded`.",
    default: 10_000,
    min: 1,
    max: 1_000_000,
  }),
  maxRoomPeers: integer({
    meaning: "Peers in a room; more are refused as `room-full`.",
    default: 100,
    min: 1,
    max: 1_000,
  }),
  maxTracksPerPeer: integer({
    meaning: "Tracks that a peer may publish in a room.",
    default: 32,
    min: 1,
    max: 1_024,
  }),
  maxMetadataBytes: integer({
    meaning: "Longest metadata of a peer, as JSON.",
    default: 4_096,
    min: 2,
    max: MIB,
  }),
  maxPayloadBytes: integer({
    meaning: "Longest payload of a `data` message, as JSON.",
    default: 16_384,
    min: 2,
    max: 16 * MIB,
  }),
  maxWaitingMessages: integer({
    meaning: "Messages that wait while a join is decided; all of them together may be as long as one frame.",
    default: 128,
    min: 1,
    max: 10_000,
  }),
  // RFC 8831, 6.2: of the 65,536 stream identifiers the last is not used.
  maxDataChannels: integer({ meaning: "Open data channels of a peer.", default: 256, min: 1, max: 65_535 }),
  maxMessageBytes: integer({
    meaning: "Longest data channel message that is accepted; announced as `a=max-message-size`.",
    default: 262_144,
    min: 1_024,
    max: 64 * MIB,
  }),
  maxChannelBufferBytes: integer({
    meaning: "Bytes that may be queued on the data channels of a peer, with 256 for each message.",
    default: 16 * MIB,
    min: 16_384,
    max: 1_024 * MIB,
  }),
  maxRecordedEvents: integer({
    meaning: "Last events of each actor that the flight recorder keeps; 0 records nothing.",
    default: 128,
    min: 0,
    max: 10_000,
  }),
  maxRecordBytes: integer({
    meaning: "Memory for all that is recorded, about; when it is full, actors that ended are forgotten first.",
    default: 64 * MIB,
    min: MIB,
    max: 16_384 * MIB,
  }),
  maxEndedRecords: integer({
    meaning: "Actors that ended and whose records are kept.",
    default: 2_000,
    min: 0,
    max: 1_000_000,
  }),
};
