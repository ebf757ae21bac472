/** Runs all steps, whichever of them throws; its error is reported as uncaught. */
export function runAll(steps: readonly (() => void)[]): void {
  for (const step of steps) {
    try {
      step();
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}
