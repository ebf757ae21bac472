import type { RtpCodec } from "../../../../transport/media/forwarding/media_source.ts";
import { ReceivedTrack } from "../../../../transport/media/forwarding/received_track.ts";
import type { SentParameters } from "../../../../transport/media/forwarding/sent_parameters.ts";
import { SentStream } from "../../../../transport/media/forwarding/sent_stream.ts";
import { MediaClock } from "../../../../transport/media/media_clock.ts";
import { TrackRelayReceiver } from "../../../../transport/media/relay/track_relay_receiver.ts";
import { TrackRelaySender } from "../../../../transport/media/relay/track_relay_sender.ts";
import {
  audioParameters,
  FakeOutlet,
  firstIndex,
  firstRtxIndex,
  firstTimestamp,
  rtxSsrc,
  ssrc,
  videoParameters,
} from "../forwarding/sent_stream_rig.ts";
import { PublishedStream } from "./published_stream.ts";

export interface RelayRigOptions {
  readonly kind?: "audio" | "video";
  readonly rids?: readonly string[];
  readonly codecs: readonly RtpCodec[];
}

/**
 * A track on the node of its publisher, and the nodes that it crosses to, over a bus that delivers in the order of publishing, at the
 * end of a turn, to whoever subscribed by then. Time is vitest's.
 */
export class RelayRig {
  readonly clock = new MediaClock();
  readonly track: ReceivedTrack;
  readonly streams: readonly PublishedStream[];
  readonly sender: TrackRelaySender;
  /** Keyframes that the publisher was asked for, by layer. */
  readonly keyframeRequests: number[] = [];
  /** What was published, in order. */
  readonly published: { readonly layer: number; readonly message: Uint8Array }[] = [];
  readonly faults: unknown[] = [];
  readonly #nodes: RelayNode[] = [];
  readonly #queue: (() => void)[] = [];

  constructor({ kind = "video", rids = [], codecs }: RelayRigOptions) {
    this.track = new ReceivedTrack({
      id: "camera",
      kind,
      mid: "0",
      rids,
      streamIds: ["ada"],
      requestKeyframe: (layer) => this.keyframeRequests.push(layer),
      onHandlerError: (error) => this.faults.push(error),
    });
    this.track.setCodecs(codecs);
    this.streams = this.track.source.layers.map((_, layer) => new PublishedStream(this.track, layer));
    this.sender = new TrackRelaySender({
      track: this.track,
      clock: this.clock,
      onFault: (error) => this.faults.push(error),
      send: (layer, message) => {
        const copy = Uint8Array.from(message);
        this.published.push({ layer, message: copy });
        for (const node of this.#nodes) this.post(() => node.deliver(layer, copy));
      },
    });
  }

  /** Another node, to which the track is known. */
  openNode(id = `node${this.#nodes.length}`): RelayNode {
    const node = new RelayNode(this, id);
    this.#nodes.push(node);
    return node;
  }

  /** Delivers later in this turn. */
  post(deliver: () => void): void {
    this.#queue.push(deliver);
  }

  /** Until nothing is under way any more. */
  async settle(): Promise<void> {
    do {
      for (const deliver of this.#queue.splice(0)) deliver();
      for (let i = 0; i < 4; i += 1) await Promise.resolve();
    } while (this.#queue.length > 0);
  }

  /** A subscriber on the publisher's own node. */
  subscribe(options?: SubscribeOptions): Subscriber {
    return openSubscriber(this.track, options);
  }
}

/** A node that the track crosses to. */
export class RelayNode {
  readonly receiver: TrackRelayReceiver;
  /** The layers that it is subscribed to, as it was told, one number for each change. */
  readonly wanted: number[] = [];
  /** Requests that it made. */
  readonly requests: Uint8Array[] = [];
  readonly faults: unknown[] = [];
  /** What becomes of a message: those that it returns arrive. */
  change: (message: Uint8Array) => readonly Uint8Array[] = (message) => [message];
  /** Whether requests are lost. */
  losesRequests = false;
  readonly #id: string;
  readonly #rig: RelayRig;

  constructor(rig: RelayRig, id: string) {
    this.#rig = rig;
    this.#id = id;
    this.receiver = new TrackRelayReceiver({
      trackId: "camera",
      description: rig.sender.describe(),
      clock: rig.clock,
      sendRequest: (message) => {
        this.requests.push(message);
        if (!this.losesRequests) rig.post(() => rig.sender.receiveRequest(this.#id, message));
      },
      onWantedLayers: (layers) => this.wanted.push(layers),
      onHandlerError: (error) => this.faults.push(error),
    });
  }

  get track(): ReceivedTrack {
    return this.receiver.track;
  }

  deliver(layer: number, message: Uint8Array): void {
    if (((this.wanted.at(-1) ?? 0) & (1 << layer)) === 0) return;
    for (const arrived of this.change(message)) this.receiver.receive(arrived);
  }

  subscribe(options?: SubscribeOptions): Subscriber {
    this.#rig.post(() => undefined);
    return openSubscriber(this.track, options);
  }
}

export interface SubscribeOptions {
  readonly parameters?: SentParameters;
  /** Not configured: it wants nothing yet. */
  readonly isIdle?: boolean;
}

export interface Subscriber {
  readonly outlet: FakeOutlet;
  readonly stream: SentStream;
}

export function openSubscriber(
  { source }: ReceivedTrack,
  { parameters, isIdle = false }: SubscribeOptions = {},
): Subscriber {
  const isVideo = source.kind === "video";
  const outlet = new FakeOutlet();
  const stream = new SentStream({
    ssrc,
    rtxSsrc: isVideo ? rtxSsrc : -1,
    outlet,
    source,
    firstIndex,
    firstRtxIndex,
    firstTimestamp,
  });
  if (!isIdle) stream.configure(parameters ?? (isVideo ? videoParameters : audioParameters));
  return { outlet, stream };
}
