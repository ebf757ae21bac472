/** Signals closer than this are one. Ours. */
const repeatedSignalMs = 500;

export interface StopOrders {
  /** Called once. */
  stop(signal: NodeJS.Signals): void;
  /** Somebody does not want to wait. */
  kill(): void;
}

/** Takes SIGTERM and SIGINT for the order to stop, and one that comes later for the order to end at once. */
export function takeStopSignals(orders: StopOrders): void {
  let stoppingSinceMs: number | undefined;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      // npm passes a terminal's Ctrl+C on, so that it comes twice at once; a second one later means: now.
      if (stoppingSinceMs !== undefined) {
        if (performance.now() - stoppingSinceMs > repeatedSignalMs) orders.kill();
        return;
      }
      stoppingSinceMs = performance.now();
      orders.stop(signal);
    });
  }
}
