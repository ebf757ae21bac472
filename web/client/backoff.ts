/** The pause before the first attempt to come back, and the longest one. Ours: a node restarts in about a second. */
export const firstPauseMs = 300;
export const longestPauseMs = 15_000;

/**
 * How long to wait before attempt number `attempt` (from 0): twice as long each time, and a random part of it, so that the
 * clients of a node that is gone do not come back all at once ("equal jitter": half of it is certain).
 */
export function backoffMs(attempt: number, random: number): number {
  const ceiling = Math.min(longestPauseMs, firstPauseMs * 2 ** attempt);
  return ceiling / 2 + (ceiling / 2) * random;
}
