/** How long {@link eventually} looks, how often, and what it says when it gives up. */
export interface EventuallyOptions {
  /** What is waited for, as the end of the sentence "waited for ...". */
  readonly what: string;
  /** The bound in milliseconds (default 10,000). */
  readonly timeoutMs?: number;
  /** The pause between two looks in milliseconds (default 25). */
  readonly intervalMs?: number;
  /** More to say on failure: a log, the last state seen. */
  readonly describe?: () => unknown;
}

/**
 * Waits for a state that nobody announces: looks again and again until `probe` returns something truthy, and returns that.
 *
 * @throws Error with `what`, the last value seen and `describe()` once the time is over, or what `probe` threw.
 */
export async function eventually<T>(
  probe: () => T | Promise<T>,
  options: EventuallyOptions,
): Promise<Exclude<Awaited<T>, false | null | undefined | 0 | "">> {
  const { what, timeoutMs = 10_000, intervalMs = 25, describe } = options;
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    const seen = await probe();
    if (seen) return seen as Exclude<Awaited<T>, false | null | undefined | 0 | "">;
    if (performance.now() >= giveUpAt) {
      const more = describe === undefined ? "" : `\n${printable(await describe())}`;
      throw new Error(`Waited ${timeoutMs} ms for ${what}: last seen ${printable(seen)}${more}`);
    }
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
}

function printable(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value, null, 1) ?? String(value));
}
