import type { Quality } from "../client/mod.ts";

/** What a connection's quality is called, and how many of three bars stand for it. */
export interface QualityWords {
  readonly bars: 0 | 1 | 2 | 3;
  readonly text: string;
}

const words: Readonly<Record<Quality, QualityWords>> = {
  excellent: { bars: 3, text: "Connection: very good" },
  good: { bars: 2, text: "Connection: good, with some delay or loss" },
  poor: { bars: 1, text: "Connection: poor; sound or picture may break up" },
  lost: { bars: 0, text: "Connection: nothing arrives right now" },
  unknown: { bars: 0, text: "Connection: nothing to judge by yet" },
};

/** Says in words how well a connection does. */
export function sayQuality(quality: Quality): QualityWords {
  return words[quality];
}
