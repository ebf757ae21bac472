import type { PeerInfo } from "../../protocol/room.ts";
import type { Quality } from "./quality.ts";
import type { RemoteTrack } from "./remote_track.ts";

/** Somebody else in the room. */
export class Peer {
  readonly id: string;
  readonly #tracks = new Map<string, RemoteTrack>();
  #info: Omit<PeerInfo, "tracks">;
  #quality: Quality = "unknown";

  /** @internal */
  constructor(info: PeerInfo) {
    this.id = info.id;
    this.#info = info;
  }

  get name(): string {
    return this.#info.name;
  }

  /** Any JSON value; null when none was given. */
  get metadata(): unknown {
    return this.#info.metadata;
  }

  /** `reconnecting` while its connection to the server is broken. */
  get state(): PeerInfo["state"] {
    return this.#info.state;
  }

  /** What it publishes, by the tracks' ids. */
  get tracks(): ReadonlyMap<string, RemoteTrack> {
    return this.#tracks;
  }

  /** The track of a source, such as `camera`; the first, if there are several. */
  trackOf(source: string): RemoteTrack | undefined {
    return [...this.#tracks.values()].find((track) => track.source === source);
  }

  /** How well what it sends arrives here. */
  get quality(): Quality {
    return this.#quality;
  }

  /** @internal */
  rate(quality: Quality): void {
    this.#quality = quality;
  }

  /** @internal */
  update(info: PeerInfo): void {
    this.#info = info;
  }

  /** @internal */
  add(track: RemoteTrack): void {
    this.#tracks.set(track.id, track);
  }

  /** @internal */
  remove(track: RemoteTrack): void {
    this.#tracks.delete(track.id);
  }
}
