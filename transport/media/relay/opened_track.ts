import type { RemoteTrack } from "../../../actors/application.ts";
import type { BusSubscription } from "../../../actors/bus.ts";
import type { RelayedTrack } from "../../../actors/track_relay.ts";
import type { BusTrackRelayOptions } from "./bus_track_relay.ts";
import { RelayFaultLog } from "./relay_fault_log.ts";
import { maxRelayLayers } from "./relay_format.ts";
import { TrackRelayReceiver } from "./track_relay_receiver.ts";

/** Which track of which node, and what that node said of it. */
export interface OpenedTrackOptions {
  readonly trackId: string;
  readonly publisher: string;
  readonly description: Uint8Array;
  readonly onClosed: (opened: OpenedTrack) => void;
}

/** A track of another node over the bus: subscribes to the layers that are wanted here, while they are. */
export class OpenedTrack implements RelayedTrack {
  readonly #relay: BusTrackRelayOptions;
  readonly #options: OpenedTrackOptions;
  readonly #faults: RelayFaultLog;
  readonly #receiver: TrackRelayReceiver;
  /** By layer. */
  readonly #subscriptions = new Map<number, BusSubscription>();

  /** @throws {SignalboxError} `bad-message` for a description that is none */
  constructor(relay: BusTrackRelayOptions, options: OpenedTrackOptions) {
    const { bus, subjects, node, clock, log } = relay;
    const { trackId, publisher, description } = options;
    const want = subjects.media(publisher, "want", trackId, node);
    this.#relay = relay;
    this.#options = options;
    this.#faults = new RelayFaultLog(log, { track: trackId, node: publisher });
    this.#receiver = new TrackRelayReceiver({
      trackId,
      description,
      clock,
      sendRequest: (request) => bus.publish(want, request),
      onWantedLayers: (layers) => this.#follow(layers),
      onHandlerError: (error) => this.#faults.report(error),
    });
  }

  get track(): RemoteTrack {
    return this.#receiver.track;
  }

  close(): void {
    this.#receiver.close();
    this.#options.onClosed(this);
  }

  #follow(layers: number): void {
    for (let layer = 0; layer < maxRelayLayers; layer += 1) {
      const isWanted = (layers & (1 << layer)) !== 0;
      const subscription = this.#subscriptions.get(layer);
      if (isWanted === (subscription !== undefined)) continue;
      subscription?.unsubscribe();
      if (isWanted) this.#subscriptions.set(layer, this.#subscribe(layer));
      else this.#subscriptions.delete(layer);
    }
  }

  #subscribe(layer: number): BusSubscription {
    const { bus, subjects } = this.#relay;
    const { publisher, trackId } = this.#options;
    return bus.subscribe(subjects.media(publisher, "packets", trackId, `${layer}`), (message) => {
      try {
        this.#receiver.receive(message);
      } catch (error) {
        this.#faults.report(error);
      }
    });
  }
}
