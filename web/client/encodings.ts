/** A layer of simulcast: its RID (RFC 8851), by how much the picture is smaller, and the most bits in a second. */
export interface SimulcastLayer {
  readonly rid: string;
  readonly scaleResolutionDownBy: number;
  readonly maxBitrate: number;
}

/** Three layers, the lowest first, for a camera of 720 lines: 180, 360 and 720. The browser leaves out what is too small. */
export const defaultLayers: readonly SimulcastLayer[] = [
  { rid: "q", scaleResolutionDownBy: 4, maxBitrate: 150_000 },
  { rid: "h", scaleResolutionDownBy: 2, maxBitrate: 500_000 },
  { rid: "f", scaleResolutionDownBy: 1, maxBitrate: 1_700_000 },
];

/** How a track is sent. */
export interface EncodingOptions {
  /** Three layers for a camera by default; `true` for others, `false` for one stream, or layers of your own, the lowest first. */
  readonly simulcast?: boolean | readonly SimulcastLayer[];
  /** The most bits in a second, without simulcast. */
  readonly maxBitrate?: number;
}

/** The W3C's `sendEncodings` for a track; none for audio without a bound. */
export function encodingsOf(kind: string, source: string, options: EncodingOptions): RTCRtpEncodingParameters[] {
  const { simulcast = source === "camera", maxBitrate } = options;
  const layers = simulcast === true ? defaultLayers : simulcast;
  if (kind === "video" && layers !== false) return layers.map((layer) => ({ ...layer }));
  return maxBitrate === undefined ? [] : [{ maxBitrate }];
}
