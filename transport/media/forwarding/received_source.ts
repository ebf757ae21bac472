import { KeyframeRequests } from "../keyframe_requests.ts";
import type { RtpPacket } from "../rtp/rtp_packet.ts";
import type { MediaLayer, MediaSink, MediaSource, RtpCodec, SenderReport } from "./media_source.ts";
import { PacketHistory } from "./packet_history.ts";
import { type ReceivedStatistics, ReceivedStream, type ReceivedStreamOptions } from "./received_stream.ts";

export interface ReceivedSourceOptions {
  readonly kind: "audio" | "video";
  /** Of the simulcast layers, the lowest first; empty without simulcast. */
  readonly rids: readonly string[];
  /** Asks the client for a keyframe of a layer that a stream came for; at most every 500 ms. */
  readonly requestKeyframe: (layer: number) => void;
  /** `wantedLayers` may be another one than before: a sink came, went, or waits for a keyframe. */
  readonly onDemand?: () => void;
}

/** Where the stream of a layer comes from. */
export type StreamOptions = Pick<
  ReceivedStreamOptions,
  "ssrc" | "hasNack" | "createInspector" | "findBitrates" | "now"
>;

const nothing: ReceivedStatistics = { bytes: 0, packets: 0, packetsLost: 0 };

/** An amplitude for each level of RFC 6464, in -dBov; 127 is digital silence. */
const amplitudes = Float64Array.from({ length: 128 }, (_, level) => (level === 127 ? 0 : 10 ** (-level / 20)));
const silence = 127;

/** What a client sends as one track: hands its packets to whoever subscribed to them. */
export class ReceivedSource implements MediaSource {
  readonly kind: "audio" | "video";
  readonly layers: readonly ReceivedLayer[];
  /** The same list until `setCodecs`. */
  #codecs: readonly RtpCodec[] = [];
  #codecsByType: ReadonlyMap<number, RtpCodec> = new Map();
  readonly #onDemand: () => void;
  /** Never changed, but replaced: a walk over it goes on undisturbed. */
  #sinks: readonly MediaSink[] = [];
  #loudestLevel = silence;
  #isMuted = false;
  #isEnded = false;

  constructor({ kind, rids, requestKeyframe, onDemand }: ReceivedSourceOptions) {
    this.#onDemand = onDemand ?? (() => undefined);
    this.kind = kind;
    this.layers = (rids.length === 0 ? [""] : rids).map(
      (rid, layer) => new ReceivedLayer(rid, () => requestKeyframe(layer)),
    );
  }

  get codecs(): readonly RtpCodec[] {
    return this.#codecs;
  }

  get isMuted(): boolean {
    return this.#isMuted;
  }

  findCodec(payloadType: number): RtpCodec | undefined {
    return this.#codecsByType.get(payloadType);
  }

  /** Takes what the section agreed on, without codecs that only repair others. */
  setCodecs(codecs: readonly RtpCodec[]): void {
    this.#codecsByType = new Map(codecs.map((codec) => [codec.payloadType, codec]));
    this.#codecs = [...this.#codecsByType.values()];
    for (const { stream } of this.layers) stream?.codecsChanged();
  }

  /**
   * A stream came for a layer, or another one than before: the first packet of it was verified.
   *
   * @throws RangeError when there is no such layer
   */
  openStream(layer: number, options: StreamOptions): ReceivedStream {
    const target = this.layers[layer];
    if (target === undefined) throw new RangeError(`There is no layer ${layer} of ${this.layers.length}`);
    const isReplaced = target.stream !== undefined;
    const stream = new ReceivedStream({
      ...options,
      rid: target.rid,
      kind: this.kind,
      findCodec: (payloadType) => this.findCodec(payloadType),
      // A sender may make one of each layer then: what nobody gets is worth none.
      onKeyframeNeeded: () => {
        if ((this.wantedLayers & (1 << layer)) !== 0) this.requestKeyframe(layer);
      },
    });
    target.open(stream);
    // Its packets are counted from elsewhere.
    if (isReplaced) this.pause();
    return stream;
  }

  /** Of all its layers, also of streams that others took the place of. */
  get statistics(): ReceivedStatistics {
    return this.layers.map(({ statistics }) => statistics).reduce(sumOf, nothing);
  }

  /** What its sinks want together, as bits. */
  get wantedLayers(): number {
    let layers = 0;
    for (const sink of this.#sinks) layers |= sink.wantedLayers;
    return layers;
  }

  requestKeyframe(layer: number): void {
    this.#onDemand();
    if (this.kind === "video" && !this.#isEnded && !this.#isMuted) this.layers[layer]?.requestKeyframe();
  }

  /** As {@link requestKeyframe}, of each layer that a stream came for. */
  requestKeyframes(): void {
    for (const [layer, { stream }] of this.layers.entries()) if (stream !== undefined) this.requestKeyframe(layer);
  }

  addSink(sink: MediaSink): void {
    if (!this.#sinks.includes(sink)) this.#sinks = [...this.#sinks, sink];
    this.#onDemand();
  }

  removeSink(sink: MediaSink): void {
    this.#sinks = this.#sinks.filter((other) => other !== sink);
    this.#onDemand();
  }

  /** Hands packets out as their streams took them in, to one subscriber after the other. `layers` has that of each. */
  deliver(packets: readonly RtpPacket[], layers: readonly number[]): void {
    if (this.#isMuted || this.#isEnded) return;
    for (const { audioLevel } of packets) if (audioLevel >= 0) this.#hear(audioLevel);
    const sinks = this.#sinks;
    for (let i = 0; i < sinks.length; i += 1) {
      const sink = sinks[i] as MediaSink;
      for (let j = 0; j < packets.length; j += 1) {
        // A handler of the program's may have muted it, or taken a subscriber away.
        if (this.#isMuted || this.#isEnded) return;
        if (sinks !== this.#sinks && !this.#sinks.includes(sink)) break;
        sink.receivePacket(packets[j] as RtpPacket, layers[j] as number);
      }
    }
  }

  /** Nothing is handed out for a while; what comes next may begin anew. */
  pause(): void {
    for (const sink of this.#sinks) sink.sourcePaused();
  }

  /** A packet of a layer came elsewhere, and not here. */
  noteArrival(layer: number, atMs: number): void {
    if (this.#isMuted || this.#isEnded) return;
    for (const sink of this.#sinks) sink.layerArrived(layer, atMs);
  }

  /** The loudest level since the last call, as an amplitude from 0 to 1. */
  takeAudioLevel(): number {
    const level = this.#loudestLevel;
    this.#loudestLevel = silence;
    return amplitudes[level] as number;
  }

  /** While muted, nothing is handed out. */
  setMuted(isMuted: boolean): void {
    if (isMuted === this.#isMuted || this.#isEnded) return;
    this.#isMuted = isMuted;
    if (isMuted) {
      this.#loudestLevel = silence;
      this.pause();
    } else this.requestKeyframes();
  }

  /** Nothing comes any more, for good. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#loudestLevel = silence;
    for (const layer of this.layers) layer.close();
    this.pause();
    this.#sinks = [];
  }

  #hear(audioLevel: number): void {
    // The voice bit is left aside: senders differ in what they take for voice, and some never set it.
    const level = audioLevel & 0x7f;
    if (level < this.#loudestLevel) this.#loudestLevel = level;
  }
}

/** A layer, which is there before its stream is and stays when that changes. */
class ReceivedLayer implements MediaLayer {
  readonly rid: string;
  readonly #keyframeRequests: KeyframeRequests;
  #stream: ReceivedStream | undefined;
  /** Somebody wants a keyframe of a stream that is not there yet. */
  #isKeyframeWanted = false;
  /** Of the streams before this one. */
  #before: ReceivedStatistics = nothing;

  constructor(rid: string, requestKeyframe: () => void) {
    this.rid = rid;
    this.#keyframeRequests = new KeyframeRequests(requestKeyframe);
  }

  get stream(): ReceivedStream | undefined {
    return this.#stream;
  }

  get history(): PacketHistory {
    return this.#stream?.history ?? emptyHistory;
  }

  get senderReport(): SenderReport | undefined {
    return this.#stream?.senderReport;
  }

  get bitrate(): number {
    return this.#stream?.bitrate ?? 0;
  }

  get temporalBitrates(): readonly number[] {
    return this.#stream?.temporalBitrates ?? noBitrates;
  }

  get statistics(): ReceivedStatistics {
    return this.#stream === undefined ? this.#before : sumOf(this.#before, this.#stream.statistics);
  }

  open(stream: ReceivedStream): void {
    this.#before = this.statistics;
    this.#stream = stream;
    if (this.#isKeyframeWanted) this.requestKeyframe();
  }

  requestKeyframe(): void {
    this.#isKeyframeWanted = this.#stream === undefined;
    if (!this.#isKeyframeWanted) this.#keyframeRequests.add();
  }

  close(): void {
    this.#keyframeRequests.close();
  }
}

function sumOf(a: ReceivedStatistics, b: ReceivedStatistics): ReceivedStatistics {
  return { bytes: a.bytes + b.bytes, packets: a.packets + b.packets, packetsLost: a.packetsLost + b.packetsLost };
}

const emptyHistory = new PacketHistory(1);
const noBitrates: readonly number[] = [0];
