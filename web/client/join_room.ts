import { Room } from "./room.ts";
import type { RoomOptions } from "./room_options.ts";

/** Makes a room and joins it: `new Room(name, options)` and `join()` in one. */
export async function joinRoom(name: string, options: RoomOptions = {}): Promise<Room> {
  const room = new Room(name, options);
  await room.join();
  return room;
}
