import { ActiveSpeakers, maxSpeakers, type Speaker } from "./active_speakers.ts";
import type { RemoteTrack } from "./application.ts";
import type { AudioLevels } from "./audio_levels.ts";

export interface RoomSpeakersOptions {
  readonly levels: AudioLevels;
  /** Whether a member is in the room, on whichever node. */
  readonly isPresent: (memberId: string) => boolean;
  /** Everyone who speaks, the loudest first, has changed. */
  readonly onChanged: (peers: readonly Speaker[]) => void;
  /** The same for those of this node, for the other nodes. */
  readonly onLocalChanged: (peers: readonly Speaker[]) => void;
}

/** Who speaks in a room: listened to on this node, and told by the others. */
export class RoomSpeakers {
  readonly #options: RoomSpeakersOptions;
  readonly #local = new ActiveSpeakers();
  /** By node. */
  readonly #remote = new Map<string, readonly Speaker[]>();

  constructor(options: RoomSpeakersOptions) {
    this.#options = options;
  }

  add(memberId: string, track: RemoteTrack): void {
    this.#local.add(memberId, this.#options.levels.meterOf(track));
  }

  remove(track: RemoteTrack): void {
    this.#local.remove(this.#options.levels.meterOf(track));
  }

  /** Listens; to be called some times in a second. False when there is nobody to listen to. */
  tick(nowMs: number): boolean {
    const peers = this.#local.tick(nowMs);
    if (peers !== undefined) {
      this.#options.onLocalChanged(peers);
      this.#options.onChanged(this.#all());
    }
    return this.#local.trackCount > 0 || this.#local.speaking.length > 0;
  }

  /** Who speaks on another node. */
  heard(node: string, peers: readonly Speaker[]): void {
    if (JSON.stringify(this.#remote.get(node) ?? []) === JSON.stringify(peers)) return;
    if (peers.length === 0) this.#remote.delete(node);
    else this.#remote.set(node, peers);
    this.#options.onChanged(this.#all());
  }

  #all(): readonly Speaker[] {
    if (this.#remote.size === 0) return this.#local.speaking;
    const present = [...this.#remote.values()].flat().filter(({ peer }) => this.#options.isPresent(peer));
    const all = [...this.#local.speaking, ...present].sort((a, b) => b.level - a.level);
    // Who goes on at another node is heard at both for a moment.
    return all.filter(({ peer }, index) => all.findIndex((each) => each.peer === peer) === index).slice(0, maxSpeakers);
  }
}
