/** What {@link withDeadline} says when the time is over. */
export interface DeadlineOptions {
  /** What is waited for, as the end of the sentence "waited for ...". */
  readonly what: string;
  /** The bound in milliseconds. */
  readonly timeoutMs: number;
  /** More to say on failure. */
  readonly describe?: () => string;
}

/**
 * Puts a bound on a promise that might never settle.
 *
 * @throws Error naming `what` when it took longer; what the promise itself throws comes through.
 */
export async function withDeadline<T>(promise: Promise<T>, options: DeadlineOptions): Promise<T> {
  const { what, timeoutMs, describe } = options;
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const more = describe === undefined ? "" : `\n${describe()}`;
      reject(new Error(`Waited ${Math.round(timeoutMs)} ms for ${what}${more}`));
    }, timeoutMs);
  });
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
