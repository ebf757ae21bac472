import type { Peer } from "./peer.ts";
import type { Platform } from "./platform.ts";
import { judge, type Quality } from "./quality.ts";
import type { Tell } from "./room_events.ts";
import type { RoomStats } from "./room_stats.ts";

/** What a watch reads and judges. */
export interface QualityWatchOptions {
  readonly platform: Platform;
  readonly intervalMs: number;
  readonly tell: Tell;
  readonly peers: ReadonlyMap<string, Peer>;
  read(): Promise<RoomStats | undefined>;
}

/** Reads the statistics again and again, and says when somebody's connection got better or worse. */
export class QualityWatch {
  readonly #options: QualityWatchOptions;
  #cancelTimer: (() => void) | undefined;
  #own: Quality = "unknown";
  /** The tracks of the last reading: rates of others say nothing yet. */
  #known: ReadonlySet<string> = new Set();

  constructor(options: QualityWatchOptions) {
    this.#options = options;
  }

  /** How well what is sent arrives at the server. */
  get own(): Quality {
    return this.#own;
  }

  start(): void {
    this.stop();
    const { platform, intervalMs } = this.#options;
    if (intervalMs === 0) return;
    this.#cancelTimer = platform.startTimer(intervalMs, () => void this.#measure());
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  async #measure(): Promise<void> {
    const stats = await this.#options.read().catch(() => undefined);
    // Stopped meanwhile.
    if (this.#cancelTimer === undefined) return;
    if (stats !== undefined) this.#judge(stats);
    this.start();
  }

  #judge(stats: RoomStats): void {
    const { tell, peers } = this.#options;
    tell("stats", stats);
    const tracks = stats.tracks.filter(({ track }) => this.#known.has(track));
    this.#known = new Set(stats.tracks.map(({ track }) => track));
    const byTrack = new Map(tracks.map((reading) => [reading.track, reading]));
    for (const peer of peers.values()) {
      const wanted = [...peer.tracks.values()].filter(({ isMuted, isSubscribed }) => !isMuted && isSubscribed);
      const readings = wanted.flatMap(({ id }) => byTrack.get(id) ?? []);
      const quality = peer.state === "reconnecting" ? "lost" : judge(readings);
      if (quality === peer.quality) continue;
      peer.rate(quality);
      tell("quality-changed", { peer, quality });
    }
    const sent = tracks.filter(({ direction, packets }) => direction === "sent" && packets > 0);
    const quality = judge(sent);
    if (quality === this.#own) return;
    this.#own = quality;
    tell("quality-changed", { peer: undefined, quality });
  }
}
