import { openSignallingSocket } from "../../test/kit/signalling_socket.ts";
import type { MeasuredServer } from "./measured_server.ts";

/** Members of one room, and what each says while it is there. */
const [roomSize, sayings] = [10, 8];

/** CPU of the node for each message of a client, in microseconds, of `count` clients: they join, change their metadata a few times, and leave. */
export async function measureSignalling(server: MeasuredServer, count: number): Promise<number> {
  const before = await server.usage();
  for (let room = 0; room < count / roomSize; room += 1) {
    const members = await Promise.all(Array.from({ length: roomSize }, () => openSignallingSocket(server.wsUrl)));
    for (const [index, socket] of members.entries()) {
      socket.send({ type: "join", room: `room-${room}`, name: `peer ${index}` });
      await socket.next("joined");
    }
    for (let said = 0; said < sayings; said += 1) {
      for (const socket of members) socket.send({ type: "metadata", metadata: { said } });
    }
    for (const socket of members) {
      socket.send({ type: "leave", ref: "done" });
      await socket.close();
    }
  }
  await server.quiet();
  const after = await server.usage();
  return ((after.cpuMs - before.cpuMs) * 1_000) / (count * (sayings + 2));
}
