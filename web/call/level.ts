/** Below this nothing is heard over the noise of a room; above, it distorts (dB of full scale). */
const quietestDb = -60;
const loudestDb = -6;

/** How loud samples (from -1 to 1) are, from 0 (silence) to 1 (as loud as it should get): their RMS on a decibel scale. */
export function levelOf(samples: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < samples.length; index += 1) sum += (samples[index] ?? 0) ** 2;
  if (sum === 0) return 0;
  const db = 10 * Math.log10(sum / samples.length);
  return Math.min(1, Math.max(0, (db - quietestDb) / (loudestDb - quietestDb)));
}

/** The next level to be shown: up at once, down slowly, as meters do. */
export function smoothLevel(shown: number, measured: number): number {
  return measured >= shown ? measured : Math.max(measured, shown * 0.85);
}
