import { randomInt } from "node:crypto";
import type { ReceptionReport } from "../rtp/rtcp_listener.ts";
import type { SentReport } from "../rtp/rtcp_writer.ts";
import type { RtpPacket } from "../rtp/rtp_packet.ts";
import { KeyframeWish } from "./keyframe_wish.ts";
import { LayerChoice } from "./layer_choice.ts";
import type { MediaSink, MediaSource } from "./media_source.ts";
import { PacketForwarder, type SentStatistics } from "./packet_forwarder.ts";
import type { RtpOutlet } from "./rtp_outlet.ts";
import type { SentParameters } from "./sent_parameters.ts";
import { SentReports } from "./sent_reports.ts";

/** More missing packets are not waited for: the stream begins anew. As many as libwebrtc's receiver asks for. */
export const maxGapPackets = 1_000;
/** So many packets of a keyframe may have come before its first one did. Ours: 250 kB. */
export const maxCatchUpPackets = 200;
/** So many packets in a row of a codec that the client does not take are no comfort noise or key presses between others. Ours. */
export const maxRefusedPackets = 50;
const maxFirstIndex = 2 ** 15;

export interface SentStreamOptions {
  readonly ssrc: number;
  /** Of retransmissions (RFC 4588); -1 without. */
  readonly rtxSsrc: number;
  readonly outlet: RtpOutlet;
  readonly source: MediaSource;
  /** Milliseconds of `performance.now`, the clock of `RtpPacket.receivedAtMs`. */
  readonly now?: () => number;
  /** The first packet index, below 2^15. Default: random (RFC 3550, 5.1), as are the next two. */
  readonly firstIndex?: number;
  readonly firstRtxIndex?: number;
  readonly firstTimestamp?: number;
}

/**
 * One client's copy of a track: chooses among the packets that come, and sends them as one stream without seams, whatever layer they
 * are of and however often the source pauses.
 */
export class SentStream implements MediaSink {
  readonly ssrc: number;
  readonly rtxSsrc: number;
  readonly kind: "audio" | "video";
  /** `currentLayer` or `isSupported` is another one than before. Called while a packet is handed on: it must not throw. */
  onchange: (() => void) | null = null;
  readonly #source: MediaSource;
  readonly #outlet: RtpOutlet;
  readonly #isVideo: boolean;
  readonly #now: () => number;
  readonly #choice: LayerChoice;
  readonly #forwarder: PacketForwarder;
  readonly #keyframeWish: KeyframeWish;
  readonly #reports = new SentReports();
  /** The highest packet that came of each layer while it was not sent. */
  readonly #seen: Float64Array;
  #isConfigured = false;
  #isStopped = false;
  #isSupported = true;
  #layer = -1;
  /** Nothing came since the source paused. */
  #isSilent = false;

  constructor(options: SentStreamOptions) {
    const { outlet, source } = options;
    this.ssrc = options.ssrc;
    this.rtxSsrc = options.rtxSsrc;
    this.kind = source.kind;
    this.#isVideo = source.kind === "video";
    this.#outlet = outlet;
    this.#source = source;
    this.#now = options.now ?? performance.now.bind(performance);
    this.#choice = new LayerChoice(source.layers);
    this.#keyframeWish = new KeyframeWish(source);
    this.#seen = new Float64Array(source.layers.length).fill(-1);
    this.#forwarder = new PacketForwarder({
      ssrc: options.ssrc,
      rtxSsrc: options.rtxSsrc,
      outlet,
      source,
      firstIndex: options.firstIndex ?? randomInt(maxFirstIndex),
      firstRtxIndex: options.firstRtxIndex ?? randomInt(maxFirstIndex),
      firstTimestamp: options.firstTimestamp ?? randomInt(2 ** 32),
    });
  }

  /** -1 while nothing is sent. */
  get currentLayer(): number {
    return this.#layer;
  }

  /** The highest temporal layer that is sent. */
  get currentTemporalLayer(): number {
    return this.#choice.temporal;
  }

  get targetLayer(): number {
    return this.#choice.target;
  }

  get targetTemporalLayer(): number {
    return this.#choice.targetTemporal;
  }

  get wantedLayers(): number {
    return this.#choice.layersFor(this.#layer);
  }

  /** False since the source sent a codec that the client does not take. */
  get isSupported(): boolean {
    return this.#isSupported;
  }

  /** Milliseconds, smoothed; -1 while unknown. */
  get rttMs(): number {
    return this.#reports.rttMs;
  }

  /** All that the receiver missed so far, as it says. */
  get packetsLost(): number {
    return this.#reports.packetsLost;
  }

  /** What was sent so far. */
  get statistics(): SentStatistics {
    return this.#forwarder.statistics;
  }

  /** Takes what a negotiation agreed on, to be called after each; undefined: nothing may be sent for now. */
  configure(parameters: SentParameters | undefined): void {
    if (this.#isStopped) return;
    if (parameters === undefined) {
      this.#source.removeSink(this);
      this.#isConfigured = false;
      this.#goSilent();
      return;
    }
    this.#forwarder.configure(parameters);
    if (this.#isConfigured) return;
    this.#isConfigured = true;
    this.#isSilent = false;
    this.#choice.restart();
    this.#source.addSink(this);
    this.#askForWanted(this.#now());
  }

  /** For good. */
  stop(): void {
    this.onchange = null;
    this.configure(undefined);
    this.#isStopped = true;
  }

  /**
   * What to send at most. Another layer begins with a keyframe of it, which is asked for; the one of before goes on until then.
   *
   * @param layer -1 for nothing
   * @param temporalLayer the highest; more than there are for all
   */
  setTarget(layer: number, temporalLayer: number): void {
    this.#choice.aim(Math.min(layer, this.#source.layers.length - 1), temporalLayer);
    if (this.#choice.target < 0) this.#pause();
    else this.#askForWanted(this.#now());
  }

  /** Asks again for keyframes that did not come, and sees which layers come; to be called each 100 ms or so. */
  tick(nowMs: number): void {
    if (!this.#isConfigured) return;
    if (this.#forwarder.refusedInARow >= maxRefusedPackets) this.#pause();
    if (!this.#isVideo) return;
    this.#choice.update(nowMs);
    if (!this.#isWaiting) return;
    const { wanted, arrivals } = this.#choice;
    this.#keyframeWish.askAgain(wanted, nowMs, arrivals[wanted] ?? -1);
  }

  receivePacket(packet: RtpPacket, layer: number): void {
    this.#choice.arrivals[layer] = packet.receivedAtMs;
    if (layer !== this.#layer) {
      this.#consider(packet, layer);
      return;
    }
    const ahead = packet.sequenceNumber - this.#forwarder.highestSource;
    if (ahead + this.#forwarder.pending > maxGapPackets) {
      this.#pause();
      this.#consider(packet, layer);
      return;
    }
    this.#forward(packet, ahead > 0);
  }

  layerArrived(layer: number, atMs: number): void {
    this.#choice.arrivals[layer] = atMs;
  }

  sourcePaused(): void {
    this.#goSilent();
  }

  /** Sends packets again that a NACK names by their sequence numbers of 16 bits (RFC 4585, 6.2.1). */
  retransmit(sequenceNumbers: readonly number[], nowMs: number): void {
    const resendable = this.#isConfigured ? this.#forwarder.resendable(nowMs, this.rttMs) : undefined;
    if (resendable !== undefined) this.#forwarder.retransmitter.retransmit(sequenceNumbers, resendable);
  }

  /** Sends at least so many bytes, if it can, that the client can do without, to probe its bandwidth. Returns how many: 0 without RTX. */
  sendPadding(bytes: number, nowMs: number): number {
    const resendable = this.#isConfigured ? this.#forwarder.resendable(nowMs, this.rttMs) : undefined;
    return resendable === undefined ? 0 : this.#forwarder.retransmitter.sendPadding(bytes, resendable);
  }

  /**
   * What to tell now; it counts as told. Undefined before the source told anything, and when nothing was sent since the report before
   * the last (RFC 3550, 6.4).
   */
  writeSenderReport(nowMs: number): SentReport | undefined {
    const forwarder = this.#forwarder;
    const { packets: packetCount, bytes: octetCount } = forwarder;
    const instant = this.#reports.tell(nowMs, {
      report: this.#source.layers[this.#layer]?.senderReport,
      offset: forwarder.timestampOffset,
      clockRate: forwarder.clockRate,
      packetCount,
    });
    return instant === undefined ? undefined : { ssrc: this.ssrc, ...instant, packetCount, octetCount };
  }

  /** What the client tells of this stream. */
  receiveReport(report: ReceptionReport, nowMs: number): void {
    this.#reports.receive(report, nowMs);
    this.#forwarder.hasMid = false;
  }

  #forward(packet: RtpPacket, isNew: boolean): void {
    const choice = this.#choice;
    if (this.#isVideo && !choice.passes(packet, isNew)) this.#forwarder.leaveOut(packet);
    else this.#forwarder.forward(packet);
  }

  /** Looks whether to begin with a packet of a layer that is not sent. */
  #consider(packet: RtpPacket, layer: number): void {
    const { sequenceNumber } = packet;
    const seen = this.#seen[layer] as number;
    if (sequenceNumber > seen) this.#seen[layer] = sequenceNumber;
    if (!this.#isConfigured) return;
    if (this.#isSilent) {
      this.#isSilent = false;
      this.#askForWanted(packet.receivedAtMs);
    }
    if (this.#isVideo && !packet.isKeyframeStart) return;
    if (!this.#choice.takes(layer, this.#layer) || seen - sequenceNumber > maxCatchUpPackets) return;
    if (!this.#findSupport(packet)) return;
    this.#leaveLayer();
    if (!this.#forwarder.begin(packet, layer)) return;
    this.#keyframeWish.fulfil(layer);
    this.#choice.beginLayer();
    this.#layer = layer;
    this.#forward(packet, true);
    if (this.#isVideo) this.#catchUp(layer, sequenceNumber, seen);
    this.onchange?.();
  }

  /** Sends what came of a keyframe before its first packet did, which was late. */
  #catchUp(layer: number, first: number, last: number): void {
    const history = this.#source.layers[layer]?.history;
    for (let index = first + 1; index <= last; index += 1) {
      const packet = history?.get(index);
      if (packet?.sequenceNumber === index) this.#forward(packet, true);
    }
  }

  #findSupport(packet: RtpPacket): boolean {
    const isSupported = this.#forwarder.takes(packet.payloadType);
    if (isSupported === this.#isSupported) return isSupported;
    this.#isSupported = isSupported;
    // Beginning tells, too.
    if (!isSupported) this.onchange?.();
    return isSupported;
  }

  /** What comes next may be counted from elsewhere. */
  #goSilent(): void {
    this.#isSilent = true;
    this.#pause();
    this.#seen.fill(-1);
    this.#forwarder.forget();
  }

  /** The next packet begins anew. */
  #pause(): void {
    this.#keyframeWish.drop();
    if (this.#layer === -1) return;
    this.#leaveLayer();
    this.#layer = -1;
    this.onchange?.();
  }

  #leaveLayer(): void {
    if (this.#layer >= 0) this.#seen[this.#layer] = this.#forwarder.highestSource;
  }

  /** For a keyframe of another layer than is sent, that can come and can be sent. */
  get #isWaiting(): boolean {
    const { wanted } = this.#choice;
    if (!this.#isVideo || !this.#isConfigured || this.#isSilent || !this.#outlet.isOpen) return false;
    return wanted >= 0 && wanted !== this.#layer;
  }

  #askForWanted(nowMs: number): void {
    if (this.#isWaiting) this.#keyframeWish.ask(this.#choice.wanted, nowMs);
  }
}
