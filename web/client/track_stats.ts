import type { QualityReading } from "./quality.ts";

/** What was measured of one track since the last reading. */
export interface TrackStats extends QualityReading {
  /** The track's id. */
  readonly track: string;
  readonly direction: "sent" | "received";
  readonly kind: "audio" | "video";
  /** Bits in a second. */
  readonly bitrate: number;
  /** Of the largest picture; 0 for audio. */
  readonly width: number;
  readonly height: number;
  readonly framesPerSecond: number;
  /** The layers that are sent, by their RIDs; empty for what is received or has none. */
  readonly layers: readonly {
    readonly rid: string;
    readonly width: number;
    readonly height: number;
    readonly bitrate: number;
  }[];
}

/** The counters of one reading, to be taken off the next. */
export interface TrackCounters {
  readonly atMs: number;
  readonly bytes: number;
  readonly packets: number;
  readonly lost: number;
  readonly layerBytes: ReadonlyMap<string, number>;
}

/** The entries of a W3C statistics report that are read, all of them optional: browsers differ. */
interface Entry {
  readonly type: string;
  readonly rid?: string;
  readonly bytesSent?: number;
  readonly bytesReceived?: number;
  readonly packetsSent?: number;
  readonly packetsReceived?: number;
  readonly packetsLost?: number;
  readonly fractionLost?: number;
  /** In seconds. */
  readonly jitter?: number;
  readonly roundTripTime?: number;
  readonly frameWidth?: number;
  readonly frameHeight?: number;
  readonly framesPerSecond?: number;
}

/** Whose report it is. */
export interface TrackIdentity {
  readonly track: string;
  readonly direction: "sent" | "received";
  readonly kind: "audio" | "video";
}

/** Reads the report of a sender or receiver (W3C WebRTC Statistics); rates are those since `before`. */
export function readTrackStats(
  report: ReadonlyMap<string, unknown>,
  identity: TrackIdentity,
  now: { readonly atMs: number; readonly before: TrackCounters | undefined },
): { readonly stats: TrackStats; readonly counters: TrackCounters } {
  const entries = [...report.values()] as Entry[];
  const isSent = identity.direction === "sent";
  const streams = entries.filter(({ type }) => type === (isSent ? "outbound-rtp" : "inbound-rtp"));
  // What the server says of what is sent.
  const feedback = entries.filter(({ type }) => type === "remote-inbound-rtp");
  const bytesOf = (stream: Entry) => stream.bytesSent ?? stream.bytesReceived ?? 0;
  const counters: TrackCounters = {
    atMs: now.atMs,
    bytes: sum(streams.map(bytesOf)),
    packets: sum(streams.map((stream) => stream.packetsSent ?? stream.packetsReceived ?? 0)),
    lost: sum((isSent ? feedback : streams).map(({ packetsLost = 0 }) => packetsLost)),
    layerBytes: new Map(streams.map((stream) => [stream.rid ?? "", bytesOf(stream)])),
  };
  const before = now.before ?? { ...counters, atMs: now.atMs - 1 };
  const seconds = Math.max(0.001, (now.atMs - before.atMs) / 1000);
  const rate = (bytes: number, bytesBefore: number) => Math.max(0, Math.round(((bytes - bytesBefore) * 8) / seconds));
  const packets = Math.max(0, counters.packets - before.packets);
  const lost = Math.max(0, counters.lost - before.lost);
  const roundTrips = feedback.flatMap(({ roundTripTime }) =>
    roundTripTime === undefined ? [] : [roundTripTime * 1000],
  );
  const largest = streams.reduce<Entry>(
    (one, other) => ((other.frameWidth ?? 0) > (one.frameWidth ?? 0) ? other : one),
    { type: "" },
  );
  const stats: TrackStats = {
    ...identity,
    packets,
    bitrate: rate(counters.bytes, before.bytes),
    packetLoss: lost === 0 ? 0 : lost / (lost + packets),
    jitterMs: Math.max(0, ...(isSent ? feedback : streams).map(({ jitter = 0 }) => jitter * 1000)),
    roundTripMs: roundTrips.length === 0 ? null : Math.max(...roundTrips),
    width: largest.frameWidth ?? 0,
    height: largest.frameHeight ?? 0,
    framesPerSecond: largest.framesPerSecond ?? 0,
    layers: streams.flatMap((stream) => {
      const { rid, frameWidth: width = 0, frameHeight: height = 0 } = stream;
      if (rid === undefined) return [];
      return [{ rid, width, height, bitrate: rate(bytesOf(stream), before.layerBytes.get(rid) ?? 0) }];
    }),
  };
  return { stats, counters };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
