import type { MediaSource } from "./media_source.ts";

/** For a keyframe that does not come. As often as a source passes requests on. */
export const keyframeRetryMs = 500;

/** One sent stream's wish for a keyframe: told to the source at once, and again while it does not come. */
export class KeyframeWish {
  readonly #source: MediaSource;
  #layer = -1;
  #askedAtMs = 0;

  constructor(source: MediaSource) {
    this.#source = source;
  }

  /** Asks for a keyframe of a layer, but not for the same one too often. */
  ask(layer: number, nowMs: number): void {
    if (layer === this.#layer && nowMs - this.#askedAtMs < keyframeRetryMs) return;
    this.#layer = layer;
    this.#askedAtMs = nowMs;
    this.#source.requestKeyframe(layer);
  }

  /** The same, where it is no use unless the layer comes. */
  askAgain(layer: number, nowMs: number, lastArrivalMs: number): void {
    if (layer !== this.#layer || lastArrivalMs >= this.#askedAtMs) this.ask(layer, nowMs);
  }

  /** It came. */
  fulfil(layer: number): void {
    if (layer === this.#layer) this.#layer = -1;
  }

  /** It is of no use any more. */
  drop(): void {
    this.#layer = -1;
  }
}
