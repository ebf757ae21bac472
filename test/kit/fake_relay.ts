import type { RemoteTrack } from "../../actors/application.ts";
import type { TrackRelay } from "../../actors/track_relay.ts";
import { eventually } from "./eventually.ts";
import { FakeRemoteTrack } from "./fake_media.ts";

/** Gets tracks between nodes of one process that carry no media. */
export class FakeRelays {
  /** By node and id. */
  readonly #offered = new Map<string, RemoteTrack>();
  readonly #origins = new WeakMap<RemoteTrack, RemoteTrack>();

  /** For one node. */
  of(node: string): TrackRelay {
    const offered = this.#offered;
    return {
      offer: (trackId, track) => {
        const key = `${node} ${trackId}`;
        offered.set(key, track);
        return { close: () => offered.get(key) === track && offered.delete(key) };
      },
      open: async (trackId, publisher, signal) => {
        const origin = await eventually(() => signal.aborted || offered.get(`${publisher} ${trackId}`), {
          what: `node ${publisher} to offer ${trackId}`,
        });
        signal.throwIfAborted();
        if (origin === true) throw new Error("The attempt ended");
        const { id, kind, layers } = origin;
        const track = new FakeRemoteTrack({ id, kind, layers, mid: "" });
        this.#origins.set(track, origin);
        return { track, close: () => track.end() };
      },
      forgetNode: () => undefined,
    };
  }

  /** The track of a client that a track is, wherever it is. */
  originOf(track: RemoteTrack): RemoteTrack {
    return this.#origins.get(track) ?? track;
  }
}
