import { setTimeout as sleep } from "node:timers/promises";
import type { RemoteTrack } from "../../../actors/application.ts";
import { type Bus, busErrors } from "../../../actors/bus.ts";
import type { Logger } from "../../../actors/logger.ts";
import type { RelayedTrack, RelayOffer, TrackRelay } from "../../../actors/track_relay.ts";
import { SignalboxError } from "../../../protocol/signalbox_error.ts";
import type { Subjects } from "../../../protocol/subjects.ts";
import type { MediaClock } from "../media_clock.ts";
import { OfferedTracks } from "./offered_tracks.ts";
import { OpenedTrack } from "./opened_track.ts";

/** How long an answer is waited for, in milliseconds: a node answers within a turn. Ours. */
export const askTimeoutMs = 1_000;
/** How often a node is asked that does not answer, or has no such track: it may be about to offer it. Ours. */
export const maxAsks = 6;
/** Between two of these, in milliseconds. Ours. */
export const askPauseMs = 250;

export interface BusTrackRelayOptions {
  readonly bus: Bus;
  readonly subjects: Subjects;
  /** Names this start of this node to the others. */
  readonly node: string;
  /** Of all that carries media on this node. */
  readonly clock: MediaClock;
  readonly log: Logger;
}

const noBytes = new Uint8Array(0);

/** Gets tracks from node to node over the bus. Whoever makes it closes it, before the bus. */
export class BusTrackRelay implements TrackRelay {
  readonly #options: BusTrackRelayOptions;
  readonly #offered: OfferedTracks;
  readonly #opened = new Set<OpenedTrack>();
  readonly #end = new AbortController();

  constructor(options: BusTrackRelayOptions) {
    this.#options = options;
    this.#offered = new OfferedTracks(options);
  }

  offer(trackId: string, track: RemoteTrack): RelayOffer {
    return this.#offered.offer(trackId, track);
  }

  async open(trackId: string, node: string, signal: AbortSignal): Promise<RelayedTrack> {
    const either = AbortSignal.any([signal, this.#end.signal]);
    const description = await this.#ask(trackId, node, either);
    either.throwIfAborted();
    const opened = new OpenedTrack(this.#options, {
      trackId,
      publisher: node,
      description,
      onClosed: () => this.#opened.delete(opened),
    });
    this.#opened.add(opened);
    return opened;
  }

  forgetNode(node: string): void {
    this.#offered.forgetNode(node);
  }

  /** Ends every track that was opened, and every offer; attempts to open one reject with `bus-closed`. */
  close(): void {
    this.#end.abort(busErrors.closed("relay a track"));
    this.#offered.close();
    for (const opened of this.#opened) opened.close();
  }

  async #ask(trackId: string, node: string, signal: AbortSignal): Promise<Uint8Array> {
    const { bus, subjects } = this.#options;
    const subject = subjects.media(node, "ask", trackId);
    let fault = new SignalboxError("no-responders", `Cannot relay track ${trackId}: node ${node} does not offer it`);
    for (let asks = 0; asks < maxAsks; asks += 1) {
      if (asks > 0) await sleep(askPauseMs, undefined, { signal }).catch(() => signal.throwIfAborted());
      try {
        const description = await bus.request(subject, noBytes, { timeoutMs: askTimeoutMs, signal });
        if (description.length > 0) return description;
      } catch (error) {
        if (!isUnanswered(error)) throw error;
        fault = error;
      }
    }
    throw fault;
  }
}

function isUnanswered(error: unknown): error is SignalboxError {
  return error instanceof SignalboxError && (error.code === "no-responders" || error.code === "bus-timeout");
}
