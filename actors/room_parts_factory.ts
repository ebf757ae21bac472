import type { FlightRecorder } from "./flight_recorder.ts";
import { RoomChannels } from "./room_channels.ts";
import type { RoomPartsFactory } from "./room_parts.ts";
import { provideSubscription } from "./subscription_actor.ts";
import { SubscriptionSupervisor } from "./subscription_supervisor.ts";

/** The parts of rooms as they are; once for a node. */
export function createRoomParts(recorder?: FlightRecorder): RoomPartsFactory {
  const logic = provideSubscription();
  return {
    createSubscriptions: (options) => new SubscriptionSupervisor({ ...options, logic, recorder }),
    createChannels: (options) => new RoomChannels(options),
  };
}
