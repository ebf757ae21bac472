/**
 * The highest simulcast layer that a picture of that height (in device pixels) can show, for `track.setLayer`: null, which
 * leaves it to the bandwidth, where the best one is not too much. `layers` are RIDs, the lowest first; each is
 * twice as high as the one before, and the best is taken to have 720 lines.
 */
export function chooseLayer(layers: readonly string[], height: number): string | null {
  for (const [index, rid] of layers.entries()) {
    const lines = 720 / 2 ** (layers.length - 1 - index);
    // A little blur is not seen; three times the bits are felt.
    if (index < layers.length - 1 && height <= lines * 1.2) return rid;
  }
  return null;
}
