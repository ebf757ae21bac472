import type { RtpPacket } from "../rtp/rtp_packet.ts";
import { keyframeRetryMs } from "./keyframe_wish.ts";
import type { MediaLayer, MediaSink, MediaSource, RtpCodec, SenderReport } from "./media_source.ts";
import { PacketHistory } from "./packet_history.ts";

/**
 * The source of one sent stream, whose place another one can take: as of a publisher that moves from one node to another. The one of before
 * goes on until the other can be gone on with, or stops; for the stream that is a pause like any other, after which its numbers go on.
 */
export class ReplaceableSource implements MediaSource {
  readonly kind: "audio" | "video";
  readonly layers: readonly MediaLayer[];
  #source: MediaSource;
  #sink: MediaSink | undefined;
  /** What stands for the sink at the source: itself, until the source is replaced. */
  #feed: MediaSink | undefined;
  #next: NextFeed | undefined;

  constructor(source: MediaSource) {
    this.kind = source.kind;
    this.#source = source;
    this.layers = source.layers.map(({ rid }, layer) => new CurrentLayer(rid, () => this.#source.layers[layer]));
  }

  findCodec(payloadType: number): RtpCodec | undefined {
    return this.#source.findCodec(payloadType);
  }

  requestKeyframe(layer: number): void {
    this.#source.requestKeyframe(layer);
  }

  /** There is one sink at a time. */
  addSink(sink: MediaSink): void {
    this.#sink = sink;
    this.#feed = sink;
    this.#source.addSink(sink);
  }

  removeSink(): void {
    this.#sink = undefined;
    if (this.#feed !== undefined) this.#source.removeSink(this.#feed);
    this.#feed = undefined;
    this.#switch();
  }

  /**
   * Goes on with another source as soon as that can be: a video with a keyframe, which is asked for. Layers stand for those in the same
   * place.
   *
   * @param source of the same kind
   */
  replace(source: MediaSource): void {
    this.#next?.close();
    this.#next = undefined;
    if (source === this.#source) return;
    const sink = this.#sink;
    const next = new NextFeed(source, sink, () => this.#switch());
    this.#next = next;
    if (sink === undefined) {
      this.#switch();
      return;
    }
    // From now on it matters when the one of before stops.
    const last = new LastFeed(sink, () => {
      // It may have been gone back to meanwhile.
      if (this.#next === undefined) sink.sourcePaused();
      else this.#switch();
    });
    this.#source.addSink(last);
    if (this.#feed !== undefined) this.#source.removeSink(this.#feed);
    this.#feed = last;
    next.open();
  }

  #switch(): void {
    const next = this.#next;
    if (next === undefined) return;
    this.#next = undefined;
    if (this.#feed !== undefined) this.#source.removeSink(this.#feed);
    this.#source = next.source;
    this.#feed = next;
    if (this.#sink === undefined) {
      next.close();
      this.#feed = undefined;
      return;
    }
    next.isCurrent = true;
    this.#sink.sourcePaused();
  }
}

/** The layer of the source there is now. */
class CurrentLayer implements MediaLayer {
  readonly rid: string;
  readonly #find: () => MediaLayer | undefined;

  constructor(rid: string, find: () => MediaLayer | undefined) {
    this.rid = rid;
    this.#find = find;
  }

  get history(): PacketHistory {
    return this.#find()?.history ?? emptyHistory;
  }

  get senderReport(): SenderReport | undefined {
    return this.#find()?.senderReport;
  }

  get bitrate(): number {
    return this.#find()?.bitrate ?? 0;
  }

  get temporalBitrates(): readonly number[] {
    return this.#find()?.temporalBitrates ?? noBitrates;
  }
}

/** Stands for a sink at the source of before. */
class LastFeed implements MediaSink {
  readonly #sink: MediaSink;
  readonly #onStop: () => void;

  constructor(sink: MediaSink, onStop: () => void) {
    this.#sink = sink;
    this.#onStop = onStop;
  }

  get wantedLayers(): number {
    return this.#sink.wantedLayers;
  }

  receivePacket(packet: RtpPacket, layer: number): void {
    this.#sink.receivePacket(packet, layer);
  }

  layerArrived(layer: number, atMs: number): void {
    this.#sink.layerArrived(layer, atMs);
  }

  sourcePaused(): void {
    this.#onStop();
  }
}

/** Stands for a sink at the source to come, and once that has come. */
class NextFeed implements MediaSink {
  readonly source: MediaSource;
  isCurrent = false;
  readonly #sink: MediaSink | undefined;
  readonly #onReady: () => void;
  #askedAtMs = Number.NEGATIVE_INFINITY;

  constructor(source: MediaSource, sink: MediaSink | undefined, onReady: () => void) {
    this.source = source;
    this.#sink = sink;
    this.#onReady = onReady;
  }

  get wantedLayers(): number {
    return this.#sink?.wantedLayers ?? 0;
  }

  open(): void {
    this.source.addSink(this);
    this.#ask();
  }

  close(): void {
    this.source.removeSink(this);
  }

  receivePacket(packet: RtpPacket, layer: number): void {
    if (!this.isCurrent) {
      if ((this.wantedLayers & (1 << layer)) === 0) return;
      if (this.source.kind === "video" && !packet.isKeyframeStart) {
        if (packet.receivedAtMs - this.#askedAtMs >= keyframeRetryMs) this.#ask(packet.receivedAtMs);
        return;
      }
      this.#onReady();
    }
    this.#sink?.receivePacket(packet, layer);
  }

  layerArrived(layer: number, atMs: number): void {
    if (this.isCurrent) this.#sink?.layerArrived(layer, atMs);
  }

  sourcePaused(): void {
    if (this.isCurrent) this.#sink?.sourcePaused();
  }

  /** For the keyframe of the highest layer that is wanted. */
  #ask(nowMs = Number.NEGATIVE_INFINITY): void {
    this.#askedAtMs = nowMs;
    const layer = 31 - Math.clz32(this.wantedLayers);
    if (layer >= 0) this.source.requestKeyframe(layer);
  }
}

const emptyHistory = new PacketHistory(1);
const noBitrates: readonly number[] = [0];
