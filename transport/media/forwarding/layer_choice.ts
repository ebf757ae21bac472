import type { RtpPacket } from "../rtp/rtp_packet.ts";
import type { MediaLayer } from "./media_source.ts";

/** A layer is given up when others came for so long without it: a sender stops those that it has no bandwidth for. Ours. */
export const layerTimeoutMs = 500;

/** Which layer of a source is to be sent, and which temporal layers of it. */
export class LayerChoice {
  /** The wish: -1 for none, or the layer, and the highest temporal layer. */
  target: number;
  targetTemporal = Number.MAX_SAFE_INTEGER;
  /** The layer that comes nearest to it, of those that arrive. */
  wanted: number;
  /** The highest temporal layer that is sent. */
  temporal = 0;
  /** When something of each layer came last; -1 for never. */
  readonly arrivals: Float64Array;
  readonly #layers: readonly MediaLayer[];
  /** When others first came after the last of this one; Infinity while it comes. */
  readonly #missedSince: Float64Array;
  #updatedAtMs = 0;
  #frameTimestamp = -1;

  constructor(layers: readonly MediaLayer[]) {
    this.#layers = layers;
    this.arrivals = new Float64Array(layers.length).fill(-1);
    this.#missedSince = new Float64Array(layers.length);
    this.target = layers.length - 1;
    this.wanted = this.target;
    this.restart();
  }

  /** Forgets what came, and goes by the bit rates that the source tells until it is seen. */
  restart(): void {
    this.arrivals.fill(-1);
    this.#updatedAtMs = 0;
    const isAnyComing = this.#layers.some(({ bitrate }) => bitrate > 0);
    for (const [layer, { bitrate }] of this.#layers.entries()) {
      this.#missedSince[layer] = isAnyComing && bitrate === 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    }
    this.#findWanted();
  }

  /** Takes a wish. */
  aim(layer: number, temporalLayer: number): void {
    this.target = layer;
    this.targetTemporal = temporalLayer;
    this.#findWanted();
  }

  /** Looks again at which layers come; to be called each 100 ms or so. */
  update(nowMs: number): void {
    const newest = this.#newestArrival();
    const isAnyComing = newest >= this.#updatedAtMs;
    for (const [layer, arrival] of this.arrivals.entries()) {
      if (arrival >= this.#updatedAtMs) this.#missedSince[layer] = Number.POSITIVE_INFINITY;
      else if (isAnyComing && this.#missedSince[layer] === Number.POSITIVE_INFINITY) this.#missedSince[layer] = newest;
    }
    this.#updatedAtMs = nowMs;
    this.#findWanted();
  }

  /** Whether to go on with a layer of which a keyframe comes, and another one, or -1 for none, was sent before. */
  takes(layer: number, current: number): boolean {
    if (this.target < 0) return false;
    if (layer === this.wanted || layer === this.target) return true;
    // The first picture there is, while nothing is known of what else will come.
    return current === -1 && layer < this.wanted && this.#layers[this.wanted]?.bitrate === 0;
  }

  /** The layers that have to come for that, as bits: what is sent, what is waited for, and what `takes` would take until it is there. */
  layersFor(current: number): number {
    const { target, wanted } = this;
    if (target < 0) return 0;
    const isUnknown = current === -1 && this.#layers[wanted]?.bitrate === 0;
    const bits = (1 << target) | (isUnknown ? (2 << wanted) - 1 : 1 << wanted);
    return current === -1 ? bits : bits | (1 << current);
  }

  /** The next packet is of another frame than before, whatever its timestamp. */
  beginLayer(): void {
    this.#frameTimestamp = -1;
  }

  /**
   * Whether a packet's temporal layer is sent. Down it goes with any frame, up by one where the layer begins anew.
   *
   * @param isNew it is no late one
   */
  passes(packet: RtpPacket, isNew: boolean): boolean {
    if (isNew && packet.timestamp !== this.#frameTimestamp) {
      this.#frameTimestamp = packet.timestamp;
      if (this.temporal > this.targetTemporal || packet.isKeyframeStart) this.temporal = this.targetTemporal;
      else if (
        this.temporal < this.targetTemporal &&
        packet.isLayerSync &&
        packet.temporalLayer === this.temporal + 1
      ) {
        this.temporal += 1;
      }
    }
    return packet.temporalLayer <= this.temporal;
  }

  #findWanted(): void {
    const newest = this.#newestArrival();
    const isComing = (layer: number): boolean =>
      newest - (this.#missedSince[layer] ?? Number.NEGATIVE_INFINITY) < layerTimeoutMs;
    this.wanted = this.target;
    for (let layer = this.target; layer >= 0; layer -= 1) {
      if (!isComing(layer)) continue;
      this.wanted = layer;
      return;
    }
    for (let layer = this.target + 1; layer < this.#layers.length && this.target >= 0; layer += 1) {
      if (!isComing(layer)) continue;
      this.wanted = layer;
      return;
    }
  }

  #newestArrival(): number {
    let newest = -1;
    for (const arrival of this.arrivals) newest = Math.max(newest, arrival);
    return newest;
  }
}
