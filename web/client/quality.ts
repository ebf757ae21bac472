/** How well a connection does: `lost` when nothing arrives any more, `unknown` while there is nothing to judge by. */
export type Quality = "excellent" | "good" | "poor" | "lost" | "unknown";

/** What a verdict is made from. */
export interface QualityReading {
  /** The share of packets that were lost, from 0 to 1. */
  readonly packetLoss: number;
  readonly jitterMs: number;
  /** Null when not known. */
  readonly roundTripMs: number | null;
  /** Packets since the last reading. */
  readonly packets: number;
}

/**
 * A verdict on some tracks: the worst of them counts. Bounds are ours: above 1 % of loss Opus is heard to repair, above 5 % video
 * freezes; conversation gets hard above 400 ms (ITU-T G.114).
 */
export function judge(readings: readonly QualityReading[]): Quality {
  if (readings.length === 0) return "unknown";
  if (readings.every(({ packets }) => packets === 0)) return "lost";
  const loss = Math.max(...readings.map(({ packetLoss }) => packetLoss));
  const jitterMs = Math.max(...readings.map((each) => each.jitterMs));
  const roundTripMs = Math.max(...readings.map((each) => each.roundTripMs ?? 0));
  if (loss > 0.05 || jitterMs > 100 || roundTripMs > 400) return "poor";
  return loss > 0.01 || jitterMs > 30 || roundTripMs > 150 ? "good" : "excellent";
}
