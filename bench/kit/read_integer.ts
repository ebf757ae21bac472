/**
 * The value of a flag of a benchmark.
 *
 * @throws Error that names the flag, for anything but a whole number from 1 to `max`
 */
export function readInteger(name: string, text: string, max: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new Error(`Cannot use --${name} ${text}: expected a whole number from 1 to ${max}`);
}
