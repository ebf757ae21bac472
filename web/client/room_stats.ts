import type { LocalTrack } from "./local_track.ts";
import type { RemoteTrack } from "./remote_track.ts";
import { readTrackStats, type TrackCounters, type TrackStats } from "./track_stats.ts";

/** What was measured in a room since the last reading. */
export interface RoomStats {
  /** To the server and back, as ICE measures it; null when not known. */
  readonly roundTripMs: number | null;
  /** Bits in a second that the way to the server carries, as the browser estimates; null when not known. */
  readonly availableOutgoingBitrate: number | null;
  readonly tracks: readonly TrackStats[];
}

/** What is measured. */
export interface StatsSources {
  readonly pc: RTCPeerConnection;
  readonly sent: readonly LocalTrack[];
  readonly received: readonly (readonly [RemoteTrack, RTCRtpReceiver])[];
}

interface CandidatePair {
  readonly type: string;
  readonly nominated?: boolean;
  /** In seconds. */
  readonly currentRoundTripTime?: number;
  readonly availableOutgoingBitrate?: number;
}

/** Reads statistics; each reading is compared with the one before. */
export class StatsReader {
  readonly #now: () => number;
  #counters = new Map<string, TrackCounters>();

  constructor(now: () => number) {
    this.#now = now;
  }

  async read({ pc, sent, received }: StatsSources): Promise<RoomStats> {
    const counters = new Map<string, TrackCounters>();
    const tracks: TrackStats[] = [];
    const add = (track: string, direction: "sent" | "received", kind: "audio" | "video", report: RTCStatsReport) => {
      const now = { atMs: this.#now(), before: this.#counters.get(track) };
      const reading = readTrackStats(report, { track, direction, kind }, now);
      tracks.push(reading.stats);
      counters.set(track, reading.counters);
    };
    for (const track of sent) {
      const report = await track.getStats();
      if (report !== undefined && track.id !== null) add(track.id, "sent", track.kind, report);
    }
    for (const [track, receiver] of received) add(track.id, "received", track.kind, await receiver.getStats());
    this.#counters = counters;
    const pair = pairOf(await pc.getStats());
    return {
      roundTripMs: pair?.currentRoundTripTime === undefined ? null : pair.currentRoundTripTime * 1000,
      availableOutgoingBitrate: pair?.availableOutgoingBitrate ?? null,
      tracks,
    };
  }
}

function pairOf(report: RTCStatsReport): CandidatePair | undefined {
  let found: CandidatePair | undefined;
  report.forEach((entry: CandidatePair) => {
    if (entry.type === "candidate-pair" && entry.nominated === true && entry.currentRoundTripTime !== undefined)
      found = entry;
  });
  return found;
}
