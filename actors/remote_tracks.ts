import type { Track } from "../protocol/room.ts";
import type { Logger } from "./logger.ts";
import type { LiveTrack } from "./room_member.ts";
import type { RelayedTrack, TrackRelay } from "./track_relay.ts";

/** What was not got of another node is asked for again after this, in milliseconds. Ours. */
const retryMs = 1_000;
/** A track that another one took the place of goes on for so long, until a keyframe of that has come, in milliseconds. Ours. */
const lingerMs = 3_000;

/** A track of a member of another node. */
interface RemoteTrackEntry {
  readonly memberId: string;
  readonly track: Track;
  /** The start of the node that it is at. */
  readonly node: string;
  /** Who wants it, with the layer, before it is there. */
  readonly wishes: Map<string, string | null | undefined>;
  /** Ends the attempt to get it. */
  readonly ending: AbortController;
  isMuted: boolean;
  isAsked: boolean;
  relayed: RelayedTrack | undefined;
}

export interface RemoteTracksOptions {
  readonly room: string;
  readonly relay: TrackRelay;
  readonly log: Logger;
  /** A track can be sent from now on, to whoever wished for it meanwhile: for the first time, or from another node than before. */
  readonly onOpened: (track: LiveTrack, wishes: ReadonlyMap<string, string | null | undefined>) => void;
}

/** The tracks of a room that are on other nodes: each is got from its node when somebody here wants it first. */
export class RemoteTracks {
  readonly #options: RemoteTracksOptions;
  readonly #entries = new Map<string, RemoteTrackEntry>();

  constructor(options: RemoteTracksOptions) {
    this.#options = options;
  }

  has(trackId: string): boolean {
    return this.#entries.has(trackId);
  }

  /** A track is at a node. `isWanted`: it was sent here from another node, or by a client of this one, until now. */
  set(memberId: string, track: Track, node: string, { isWanted }: { readonly isWanted: boolean }): void {
    const before = this.#entries.get(track.id);
    const entry: RemoteTrackEntry = {
      memberId,
      track,
      node,
      wishes: before?.wishes ?? new Map(),
      ending: new AbortController(),
      isMuted: track.muted,
      isAsked: false,
      relayed: undefined,
    };
    this.#entries.set(track.id, entry);
    if (before !== undefined) this.#release(before, lingerMs);
    if (isWanted || before?.isAsked === true) void this.#open(entry);
  }

  want(trackId: string, memberId: string, layer: string | null | undefined): void {
    const entry = this.#entries.get(trackId);
    if (entry === undefined) return;
    entry.wishes.set(memberId, layer);
    this.open(trackId);
  }

  /** Somebody else than a member wants it. */
  open(trackId: string): void {
    const entry = this.#entries.get(trackId);
    if (entry !== undefined && !entry.isAsked) void this.#open(entry);
  }

  unwant(trackId: string, memberId: string): void {
    this.#entries.get(trackId)?.wishes.delete(memberId);
  }

  mute(trackId: string, muted: boolean): void {
    const entry = this.#entries.get(trackId);
    if (entry === undefined) return;
    entry.isMuted = muted;
    if (entry.relayed !== undefined) entry.relayed.track.muted = muted;
  }

  memberLeft(memberId: string): void {
    for (const { wishes } of this.#entries.values()) wishes.delete(memberId);
  }

  /** It is no track of another node any more. `isReplaced`: one of this node took its place. */
  forget(trackId: string, { isReplaced = false }: { readonly isReplaced?: boolean } = {}): void {
    const entry = this.#entries.get(trackId);
    if (entry === undefined) return;
    this.#entries.delete(trackId);
    this.#release(entry, isReplaced ? lingerMs : 0);
  }

  close(): void {
    for (const trackId of [...this.#entries.keys()]) this.forget(trackId);
  }

  async #open(entry: RemoteTrackEntry): Promise<void> {
    const { relay, log, room, onOpened } = this.#options;
    const { track, node, memberId, wishes, ending } = entry;
    entry.isAsked = true;
    try {
      const relayed = await relay.open(track.id, node, ending.signal);
      if (ending.signal.aborted) {
        relayed.close();
        return;
      }
      entry.relayed = relayed;
      relayed.track.muted = entry.isMuted;
      const isScreen = track.source.startsWith("screen");
      const live: LiveTrack = {
        id: track.id,
        memberId,
        remoteTrack: relayed.track,
        streamId: isScreen ? `${memberId}-screen` : memberId,
        mid: null,
        release: () => undefined,
      };
      const wished = new Map(wishes);
      wishes.clear();
      onOpened(live, wished);
    } catch (error) {
      if (ending.signal.aborted) return;
      log.warn("track of another node not got yet", { room, track: track.id, origin: node, error });
      setTimeout(() => {
        if (!ending.signal.aborted) void this.#open(entry);
      }, retryMs).unref();
    }
  }

  #release({ ending, relayed }: RemoteTrackEntry, delayMs: number): void {
    ending.abort();
    if (relayed === undefined) return;
    if (delayMs === 0) relayed.close();
    else setTimeout(() => relayed.close(), delayMs).unref();
  }
}
