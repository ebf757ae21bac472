import { randomInt } from "node:crypto";
import type { RemoteTrack } from "../../../actors/application.ts";
import type { MediaSink } from "../forwarding/media_source.ts";
import type { PacketHistory } from "../forwarding/packet_history.ts";
import { ReceivedTrack } from "../forwarding/received_track.ts";
import type { MediaClock, Ticking } from "../media_clock.ts";
import type { RtpPacket } from "../rtp/rtp_packet.ts";
import { encodeDescription, maxNameLength, maxStreamIds, type RelayDescription } from "./relay_description.ts";
import { RelayMessageWriter } from "./relay_message_writer.ts";
import { decodeRequest } from "./relay_request.ts";

/** How often nodes are told what comes of each layer, in milliseconds: twice before a layer counts as gone (`layerTimeoutMs`). Ours. */
export const statusIntervalMs = 250;
/** A node that asked for nothing for so long wants nothing any more: it asks each second (`requestIntervalMs`). Ours. */
export const demandTimeoutMs = 5_000;

export interface TrackRelaySenderOptions {
  /** One that a client of this node sends. */
  readonly track: RemoteTrack;
  readonly clock: MediaClock;
  /**
   * Takes a message about a layer, for all nodes that want the layer, who are to get the messages in this order. The bytes are the
   * caller's again when the current turn of the event loop is over, microtasks included.
   */
  readonly send: (layer: number, message: Uint8Array) => void;
  /** Told what `send` threw. */
  readonly onFault: (error: unknown) => void;
  /** Calls something soon, when what came until then is to be sent; by default when the current turn of the event loop is over. */
  readonly schedule?: (send: () => void) => void;
  /** Milliseconds of `performance.now`. */
  readonly now?: () => number;
}

interface Demand {
  readonly wantedLayers: number;
  readonly expiresAtMs: number;
}

/** A layer on its way to other nodes. */
interface RelayedLayer {
  readonly writer: RelayMessageWriter;
  /** When a message about it told what comes of all layers. */
  statusAtMs: number;
  isDescriptionDue: boolean;
  /** Of the stream that the last message was about. */
  history: PacketHistory | undefined;
}

/**
 * The publisher's end of the media relay: sends the layers of a track that other nodes want to them, each packet once however many
 * nodes there are, those of one turn of the event loop in one message. One for a track, for as long as the track lives. While no node
 * wants anything it costs nothing.
 */
export class TrackRelaySender implements MediaSink, Ticking {
  readonly #options: TrackRelaySenderOptions;
  readonly #track: ReceivedTrack;
  readonly #now: () => number;
  readonly #schedule: (send: () => void) => void;
  readonly #relayId = randomInt(2 ** 32);
  readonly #layers: readonly RelayedLayer[];
  readonly #arrivals: Float64Array;
  /** By node. */
  readonly #demands = new Map<string, Demand>();
  readonly #flush = (): void => this.#sendOpen();
  #wantedLayers = 0;
  #isScheduled = false;
  #isClosed = false;
  /** Counts the pauses of the track, after which its packets may be counted from elsewhere. */
  #epoch = 0;
  #generation = 0;
  #descriptionNumber = 0;
  #describedCodecs: ReceivedTrack["codecs"];

  /** @throws {TypeError} for a track that is none of this node's */
  constructor(options: TrackRelaySenderOptions) {
    const { track } = options;
    if (!(track instanceof ReceivedTrack)) throw new TypeError("Cannot relay the track: it is not one of this node's");
    this.#options = options;
    this.#track = track;
    this.#now = options.now ?? performance.now.bind(performance);
    this.#schedule = options.schedule ?? queueMicrotask;
    this.#describedCodecs = track.codecs;
    this.#isClosed = track.readyState === "ended";
    this.#arrivals = new Float64Array(track.source.layers.length).fill(-1);
    this.#layers = track.source.layers.map(() => ({
      writer: new RelayMessageWriter(),
      statusAtMs: Number.NEGATIVE_INFINITY,
      isDescriptionDue: false,
      history: undefined,
    }));
  }

  /** The layers that some node wants, as bits. */
  get wantedLayers(): number {
    return this.#wantedLayers;
  }

  /** What a {@linkcode TrackRelayReceiver} is made of: the track as it is now. */
  describe(): Buffer {
    this.#lookAtCodecs();
    const { kind, streamIds, source } = this.#track;
    const description: RelayDescription = {
      relayId: this.#relayId,
      number: this.#descriptionNumber,
      kind,
      streamIds: streamIds.filter(({ length }) => length <= maxNameLength).slice(0, maxStreamIds),
      layers: source.layers.map(({ rid, temporalBitrates }) => ({ rid, temporalBitrates: [...temporalBitrates] })),
      codecs: [...source.codecs],
    };
    return encodeDescription(description);
  }

  /**
   * Takes what a node wants from now on. A request for another relay of the track, of before, is nothing.
   *
   * @param nodeId whose request it is; a later one of the same node takes its place
   * @throws {SignalboxError} `bad-message`
   */
  receiveRequest(nodeId: string, message: Uint8Array): void {
    const { relayId, descriptionNumber, keyframeLayers, ...request } = decodeRequest(message);
    if (relayId !== this.#relayId || this.#isClosed) return;
    const wantedLayers = request.wantedLayers & ((1 << this.#layers.length) - 1);
    const before = this.#demands.get(nodeId)?.wantedLayers ?? 0;
    if (wantedLayers === 0) this.#demands.delete(nodeId);
    else this.#demands.set(nodeId, { wantedLayers, expiresAtMs: this.#now() + demandTimeoutMs });
    for (const [layer, relayed] of this.#layers.entries()) {
      const bit = 1 << layer;
      // It gets this layer anew, and knows nothing of it.
      if ((wantedLayers & ~before & bit) !== 0) relayed.statusAtMs = Number.NEGATIVE_INFINITY;
      if ((wantedLayers & bit) !== 0 && descriptionNumber !== this.#descriptionNumber) relayed.isDescriptionDue = true;
      if ((keyframeLayers & bit) !== 0) this.#track.source.requestKeyframe(layer);
    }
    this.#sumUpDemands();
  }

  /** A node is gone: it wants nothing any more. */
  forgetNode(nodeId: string): void {
    if (this.#demands.delete(nodeId)) this.#sumUpDemands();
  }

  /** Sends nothing any more; what the nodes are told of that is the caller's. */
  close(): void {
    this.#isClosed = true;
    this.#sendOpen();
    this.#demands.clear();
    this.#sumUpDemands();
  }

  receivePacket(packet: RtpPacket, layer: number): void {
    this.#arrivals[layer] = packet.receivedAtMs;
    if ((this.#wantedLayers & (1 << layer)) === 0) return;
    const relayed = this.#layers[layer] as RelayedLayer;
    const { writer } = relayed;
    if (!writer.isOpen) this.#begin(layer, relayed);
    if (!writer.add(packet)) {
      this.#send(layer, writer);
      this.#begin(layer, relayed);
      writer.add(packet);
    }
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#schedule(this.#flush);
  }

  layerArrived(layer: number, atMs: number): void {
    this.#arrivals[layer] = atMs;
  }

  sourcePaused(): void {
    this.#sendOpen();
    this.#countPause(this.#takeReplaced());
    if (this.#track.readyState === "live") return;
    for (const [layer, relayed] of this.#wanted()) {
      this.#begin(layer, relayed);
      relayed.writer.addEnd();
    }
    this.close();
  }

  /** Lets go of nodes that fell silent, and tells what comes of the layers where no packet told it. */
  tick(nowMs: number): boolean {
    for (const [nodeId, { expiresAtMs }] of this.#demands) if (nowMs >= expiresAtMs) this.#demands.delete(nodeId);
    this.#sumUpDemands();
    // Of an only layer the packets say all there is to say.
    if (this.#layers.length === 1) return false;
    for (const [layer, relayed] of this.#wanted()) {
      if (nowMs - relayed.statusAtMs >= statusIntervalMs && !relayed.writer.isOpen) this.#begin(layer, relayed);
    }
    this.#sendOpen();
    return false;
  }

  #countPause(isReplaced: boolean): void {
    this.#epoch = (this.#epoch + 1) & 0xffff;
    if (isReplaced) this.#generation = (this.#generation + 1) & 0xffff;
    for (const relayed of this.#layers) relayed.statusAtMs = Number.NEGATIVE_INFINITY;
  }

  /** Whether another stream took the place of one that something was told of. */
  #takeReplaced(): boolean {
    let isReplaced = false;
    for (const [layer, relayed] of this.#layers.entries()) {
      const history = this.#track.source.layers[layer]?.history;
      if (relayed.history === undefined || relayed.history === history) continue;
      relayed.history = history;
      isReplaced = true;
    }
    return isReplaced;
  }

  *#wanted(): Iterable<[number, RelayedLayer]> {
    for (const entry of this.#layers.entries()) if ((this.#wantedLayers & (1 << entry[0])) !== 0) yield entry;
  }

  #begin(layer: number, relayed: RelayedLayer): void {
    const { writer } = relayed;
    this.#lookAtCodecs();
    writer.begin({
      layer,
      relayId: this.#relayId,
      epoch: this.#epoch,
      generation: this.#generation,
      descriptionNumber: this.#descriptionNumber,
    });
    relayed.history = this.#track.source.layers[layer]?.history;
    const nowMs = this.#now();
    if (nowMs - relayed.statusAtMs >= statusIntervalMs) {
      relayed.statusAtMs = nowMs;
      writer.addStatus(this.#track.source.layers, this.#arrivals, nowMs);
    }
    if (!relayed.isDescriptionDue) return;
    relayed.isDescriptionDue = false;
    writer.addDescription(this.describe());
  }

  #sendOpen(): void {
    this.#isScheduled = false;
    for (let layer = 0; layer < this.#layers.length; layer += 1) {
      const { writer } = this.#layers[layer] as RelayedLayer;
      if (writer.isOpen) this.#send(layer, writer);
    }
  }

  #send(layer: number, writer: RelayMessageWriter): void {
    try {
      this.#options.send(layer, writer.finish());
    } catch (error) {
      this.#options.onFault(error);
    }
  }

  /** Nodes have to know the codecs of packets before these. */
  #lookAtCodecs(): void {
    const { codecs } = this.#track;
    if (codecs === this.#describedCodecs) return;
    this.#describedCodecs = codecs;
    this.#descriptionNumber = (this.#descriptionNumber + 1) & 0xff;
    for (const relayed of this.#layers) relayed.isDescriptionDue = true;
  }

  #sumUpDemands(): void {
    let layers = 0;
    for (const { wantedLayers } of this.#demands.values()) layers |= wantedLayers;
    if (layers === this.#wantedLayers) return;
    const wasIdle = this.#wantedLayers === 0;
    this.#wantedLayers = layers;
    if (layers === 0) {
      this.#track.source.removeSink(this);
      this.#options.clock.remove(this);
    } else if (wasIdle) {
      // It was not told of that meanwhile.
      if (this.#takeReplaced()) this.#countPause(true);
      this.#track.source.addSink(this);
      this.#options.clock.add(this);
    }
  }
}
