/** What is waited for, and what ends the waiting early. */
export interface Waiting<T> {
  readonly promise: Promise<T>;
  readonly signal: AbortSignal;
}

/**
 * Waits for a promise, but not for ever.
 *
 * @throws DOMException `TimeoutError` when the time is over, and the signal's reason when it is aborted.
 */
export async function within<T>(timeoutMs: number, { promise, signal }: Waiting<T>): Promise<T> {
  const ended = Promise.withResolvers<never>();
  const abort = () => ended.reject(signal.reason);
  signal.addEventListener("abort", abort);
  const timer = setTimeout(() => ended.reject(new DOMException("It took too long", "TimeoutError")), timeoutMs);
  try {
    signal.throwIfAborted();
    return await Promise.race([promise, ended.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

/** Waits for a while, or until it is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  const over = Promise.withResolvers<void>();
  await within(ms, { promise: over.promise, signal }).catch((error: unknown) => {
    if (!(error instanceof DOMException) || error.name !== "TimeoutError") throw error;
  });
}
