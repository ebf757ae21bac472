import { type BusMessageLimits, excessiveLimits } from "../protocol/bus_message_limits.ts";
import type { Bus } from "./bus.ts";
import type { Logger } from "./logger.ts";

/**
 * Logs an error, once for each length, when the bus takes shorter messages than the limits let clients cause: members on other nodes would
 * not be told of them.
 *
 * @returns what ends that
 */
export function watchBusCapacity(bus: Bus, { limits, log }: { limits: BusMessageLimits; log: Logger }): () => void {
  const told = new Set<number>();
  return bus.watchLink(({ state }) => {
    const { maxPayloadBytes } = bus;
    if (state !== "connected" || told.has(maxPayloadBytes)) return;
    told.add(maxPayloadBytes);
    for (const { name, bound } of excessiveLimits(limits, maxPayloadBytes)) {
      log.error("limit too large for the bus: raise max_payload of the NATS servers, or lower it", {
        limit: name,
        value: limits[name],
        atMost: Math.max(0, bound),
        busMaxPayloadBytes: maxPayloadBytes,
      });
    }
  });
}
