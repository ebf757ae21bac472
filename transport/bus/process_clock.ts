import type { BusClock } from "./pending_requests.ts";

/** The time of this process. */
export const processClock: BusClock = {
  now: () => performance.now(),
  setTimeout: (call, delayMs) => setTimeout(call, delayMs),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
};
