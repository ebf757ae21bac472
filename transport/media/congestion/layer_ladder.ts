/** A layer as {@link MediaLayer} tells it. Rates in bit/s. */
export interface AllocatedLayer {
  readonly rid: string;
  /** What came in the last second or so; 0 when nothing came. */
  readonly bitrate: number;
  /** The same up to each temporal layer, the lowest first; one entry or none where the codec has none. */
  readonly temporalBitrates: readonly number[];
}

/** A choice for a stream: a layer, up to a temporal layer of it. */
export interface LayerRung {
  readonly layer: number;
  readonly temporalLayer: number;
  /** What it costs, in bit/s. */
  readonly bitrate: number;
}

/** In place of a number of a temporal layer: all there are. */
export const allTemporalLayers = 0x7f;

/** A layer that began to be sent is chosen after so many milliseconds, when its rate is known; mediasoup's is 2,000. Ours. */
const settleMs = 1_000;
/** With so many temporal layers the first one alone is a few pictures a second: a higher layer is not taken for that. Ours. */
const manyTemporalLayers = 3;
/** Layers of one stream that are looked at. Ours; browsers send three. */
const maxLayers = 8;
const notSent = Number.POSITIVE_INFINITY;

/**
 * The choices that a stream has, the cheapest first: each layer that is sent now, up to a cap, with more and more of its temporal
 * layers. A layer costs at least what the one below it costs.
 */
export class LayerLadder {
  /** Never empty after `build`. */
  rungs: readonly LayerRung[] = [];
  /** Which layers there are to choose from, as bits; a change of it is a change of what is possible. */
  available = 0;
  /** Since when each layer has been sent; Infinity for one that is not. */
  readonly #sentSinceMs: number[] = [];
  #isNew = true;

  /** Looks at the layers anew. `cap` is the highest layer that is wanted. */
  build(layers: readonly AllocatedLayer[], cap: number, nowMs: number): void {
    const count = Math.min(layers.length, maxLayers);
    this.#noteSent(layers, count, nowMs);
    const rungs: LayerRung[] = [];
    let available = 0;
    let lowest = -1;
    for (let index = 0; index < count; index += 1) {
      const layer = layers[index];
      if (layer === undefined || !this.#isSettled(index, nowMs)) continue;
      // One above the cap is better than none.
      if (index > Math.max(cap, 0) && lowest >= 0) break;
      if (lowest < 0) lowest = index;
      available |= 1 << index;
      addRungs(rungs, layer, index, index === lowest);
    }
    this.available = available;
    this.rungs = rungs.length > 0 ? rungs : [this.#firstRung(layers, count)];
  }

  /** The place of a choice on the ladder, or of the highest one below it. */
  placeOf(layer: number, temporalLayer: number): number {
    let place = 0;
    for (const [index, rung] of this.rungs.entries()) {
      if (rung.layer < layer || (rung.layer === layer && rung.temporalLayer <= temporalLayer)) place = index;
    }
    return place;
  }

  #noteSent(layers: readonly AllocatedLayer[], count: number, nowMs: number): void {
    const isFirst = this.#isNew && layers.some(({ bitrate }) => bitrate > 0);
    for (let index = 0; index < count; index += 1) {
      if ((layers[index]?.bitrate ?? 0) <= 0) this.#sentSinceMs[index] = notSent;
      // What was sent before we looked has been sent for long enough.
      else if ((this.#sentSinceMs[index] ?? notSent) === notSent)
        this.#sentSinceMs[index] = isFirst ? Number.NEGATIVE_INFINITY : nowMs;
    }
    if (isFirst) this.#isNew = false;
  }

  #isSettled(index: number, nowMs: number): boolean {
    return nowMs - (this.#sentSinceMs[index] ?? notSent) >= settleMs;
  }

  /** While nothing is known to come: the lowest layer that does come, or the first. */
  #firstRung(layers: readonly AllocatedLayer[], count: number): LayerRung {
    for (let index = 0; index < count; index += 1) {
      const bitrate = layers[index]?.bitrate ?? 0;
      if (bitrate > 0) return { layer: index, temporalLayer: allTemporalLayers, bitrate };
    }
    return { layer: 0, temporalLayer: allTemporalLayers, bitrate: 0 };
  }
}

function addRungs(rungs: LayerRung[], layer: AllocatedLayer, index: number, isLowest: boolean): void {
  const { temporalBitrates } = layer;
  const last = Math.max(temporalBitrates.length - 1, 0);
  const first = !isLowest && temporalBitrates.length >= manyTemporalLayers ? 1 : 0;
  for (let temporalLayer = first; temporalLayer <= last; temporalLayer += 1) {
    const isTop = temporalLayer === last;
    const own = isTop ? layer.bitrate : (temporalBitrates[temporalLayer] ?? layer.bitrate);
    const below = rungs.at(-1)?.bitrate ?? 0;
    rungs.push({
      layer: index,
      temporalLayer: isTop ? allTemporalLayers : temporalLayer,
      bitrate: Math.max(own, below),
    });
  }
}
