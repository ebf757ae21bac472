/** Bits a second with at most three digits: "31.2 kbit/s". */
export function bitrateWords(bitsPerSecond: number): string {
  if (bitsPerSecond < 999.5) return `${Math.round(bitsPerSecond)} bit/s`;
  if (bitsPerSecond < 999_500) return `${threeDigits(bitsPerSecond / 1_000)} kbit/s`;
  return `${threeDigits(bitsPerSecond / 1_000_000)} Mbit/s`;
}

/** A share from 0 to 1 as percent: "0.5 %". */
export function shareWords(share: number): string {
  const percent = share * 100;
  return `${percent === 0 || percent >= 9.95 ? Math.round(percent) : percent.toFixed(percent < 0.095 ? 2 : 1)} %`;
}

/** Milliseconds: "0.4 ms", "31 ms". */
export function millisecondWords(ms: number): string {
  return `${ms < 9.95 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** The next of 1, 2, 5, 10, 20 ... at or above a value, so that a scale seldom moves; never below `least`. */
export function ceilingOf(value: number, least: number): number {
  const wanted = Math.max(value, least);
  if (!Number.isFinite(wanted) || wanted <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(wanted));
  return ([1, 2, 5, 10].find((step) => step * power >= wanted * (1 - 1e-9)) ?? 10) * power;
}

function threeDigits(value: number): string {
  return value < 9.995 ? value.toFixed(2) : value < 99.95 ? value.toFixed(1) : String(Math.round(value));
}
