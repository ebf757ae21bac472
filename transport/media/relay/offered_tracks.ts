import type { RemoteTrack } from "../../../actors/application.ts";
import type { BusSubscription } from "../../../actors/bus.ts";
import type { RelayOffer } from "../../../actors/track_relay.ts";
import { mediaIds } from "../../../protocol/subjects.ts";
import type { BusTrackRelayOptions } from "./bus_track_relay.ts";
import { RelayFaultLog } from "./relay_fault_log.ts";
import { RelayPacer } from "./relay_pacer.ts";
import { TrackRelaySender } from "./track_relay_sender.ts";

interface OfferedTrack {
  readonly track: RemoteTrack;
  readonly sender: TrackRelaySender;
  readonly faults: RelayFaultLog;
}

const noBytes = new Uint8Array(0);

/** The tracks of this node that other nodes may have. Two subscriptions are enough for all of them. */
export class OfferedTracks {
  readonly #options: BusTrackRelayOptions;
  /** By id, those of one in the order in which they were offered. */
  readonly #tracks = new Map<string, Set<OfferedTrack>>();
  readonly #pacer: RelayPacer;
  readonly #schedule = (send: () => void): void => this.#pacer.schedule(send);
  #subscriptions: readonly BusSubscription[] = [];

  constructor(options: BusTrackRelayOptions) {
    this.#options = options;
    this.#pacer = new RelayPacer();
  }

  /** @throws {TypeError} for a track that is none of this node's */
  offer(trackId: string, track: RemoteTrack): RelayOffer {
    const { bus, subjects, node, clock, log } = this.#options;
    const faults = new RelayFaultLog(log, { track: trackId });
    const packets: string[] = [];
    const sender = new TrackRelaySender({
      track,
      clock,
      schedule: this.#schedule,
      send: (layer, message) => {
        packets[layer] ??= subjects.media(node, "packets", trackId, `${layer}`);
        bus.publish(packets[layer], message);
      },
      onFault: (error) => faults.report(error, { node }),
    });
    const offered = { track, sender, faults };
    const same = this.#tracks.get(trackId);
    if (same === undefined) this.#tracks.set(trackId, new Set([offered]));
    else same.add(offered);
    this.#subscribe();
    return { close: () => this.#remove(trackId, offered) };
  }

  /** A node is gone: it wants nothing any more. */
  forgetNode(node: string): void {
    for (const same of this.#tracks.values()) for (const { sender } of same) sender.forgetNode(node);
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
    for (const same of this.#tracks.values()) for (const { sender } of same) sender.close();
    this.#tracks.clear();
  }

  #subscribe(): void {
    if (this.#subscriptions.length > 0) return;
    const { bus, subjects, node } = this.#options;
    this.#subscriptions = [
      bus.subscribe(subjects.mediaAll(node, "ask"), (_, subject, reply) => this.#describe(subject, reply)),
      bus.subscribe(subjects.mediaAll(node, "want"), (request, subject) => this.#take(subject, request)),
    ];
  }

  #remove(trackId: string, offered: OfferedTrack): void {
    offered.sender.close();
    const same = this.#tracks.get(trackId);
    same?.delete(offered);
    if (same?.size === 0) this.#tracks.delete(trackId);
  }

  /** Says what a track is like, or by an empty answer that there is none. */
  #describe(subject: string, reply: string): void {
    const [trackId = ""] = mediaIds(subject);
    const last = [...(this.#tracks.get(trackId) ?? [])].findLast(({ track }) => track.readyState === "live");
    this.#options.bus.respond(reply, last?.sender.describe() ?? noBytes);
  }

  /** A request says itself which sender it is for. */
  #take(subject: string, request: Uint8Array): void {
    const [trackId = "", node] = mediaIds(subject);
    if (node === undefined) return;
    for (const { sender, faults } of this.#tracks.get(trackId) ?? []) {
      try {
        sender.receiveRequest(node, request);
      } catch (error) {
        faults.report(error, { node });
      }
    }
  }
}
