import { speakerTickMs } from "./active_speakers.ts";
import { AudioLevels } from "./audio_levels.ts";
import type { LiveRoom } from "./live_room.ts";

/** One clock listens for all rooms of a node to who speaks, while there is somebody to listen to. */
export class SpeakerClock {
  readonly levels = new AudioLevels();
  readonly #every: (periodMs: number, call: (nowMs: number) => void) => () => void;
  /** Rooms where somebody may speak. */
  readonly #rooms = new Set<LiveRoom>();
  #stop: (() => void) | undefined;

  /** @param every calls something again and again until what it returns is called */
  constructor(every: (periodMs: number, call: (nowMs: number) => void) => () => void) {
    this.#every = every;
  }

  listen(room: LiveRoom): void {
    this.#rooms.add(room);
    this.#stop ??= this.#every(speakerTickMs, (nowMs) => {
      this.levels.nextTick();
      for (const each of this.#rooms) this.#tick(each, nowMs);
      if (this.#rooms.size > 0) return;
      this.#stop?.();
      this.#stop = undefined;
    });
  }

  forget(room: LiveRoom): void {
    this.#rooms.delete(room);
  }

  #tick(room: LiveRoom, nowMs: number): void {
    try {
      if (!room.speakers.tick(nowMs)) this.#rooms.delete(room);
    } catch (error) {
      this.#rooms.delete(room);
      room.crash(error);
    }
  }
}
