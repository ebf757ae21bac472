import type { AudioMeter } from "./active_speakers.ts";
import type { RemoteTrack } from "./application.ts";

/** The audio levels of tracks that several rooms listen to: each is taken once in a tick, as taking it leaves none for the next. */
export class AudioLevels {
  readonly #meters = new WeakMap<RemoteTrack, AudioMeter>();
  #tickCount = 0;

  /** Always the same for a track; its level is that of the tick, however often it is taken. */
  meterOf(track: RemoteTrack): AudioMeter {
    const meter = this.#meters.get(track) ?? new SharedMeter(track, () => this.#tickCount);
    this.#meters.set(track, meter);
    return meter;
  }

  /** From now on levels are taken anew. */
  nextTick(): void {
    this.#tickCount += 1;
  }
}

class SharedMeter implements AudioMeter {
  readonly #track: RemoteTrack;
  readonly #tickCount: () => number;
  #takenAtTick = -1;
  #level = 0;

  constructor(track: RemoteTrack, tickCount: () => number) {
    this.#track = track;
    this.#tickCount = tickCount;
  }

  get muted(): boolean {
    return this.#track.muted;
  }

  takeAudioLevel(): number {
    const tick = this.#tickCount();
    if (tick === this.#takenAtTick) return this.#level;
    this.#takenAtTick = tick;
    this.#level = this.#track.takeAudioLevel();
    return this.#level;
  }
}
