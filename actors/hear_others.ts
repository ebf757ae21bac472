import type { Bus } from "./bus.ts";

/** How long a start waits for the bus, and then for what the other nodes say, in milliseconds. Ours. */
const patienceMs = 3_000;
const answerMs = 300;

/** Calls something later, unless what it returns is called before. */
type After = (delayMs: number, call: () => void) => () => void;

/** Resolves a moment after the bus is there, so that the other nodes have said who they are; later without one. */
export async function hearOthers(bus: Bus, after: After): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let stopWaiting = after(patienceMs, resolve);
  const listen = (): void => {
    stopWaiting();
    stopWaiting = after(answerMs, resolve);
  };
  if (bus.link.state === "connected") listen();
  const stopWatching = bus.watchLink(({ state }) => state === "connected" && listen());
  await promise;
  stopWatching();
}
