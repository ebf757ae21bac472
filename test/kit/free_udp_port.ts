import { createSocket } from "node:dgram";
import { once } from "node:events";

/** A UDP port that nobody has on any address, for a node that is to open it. */
export async function freeUdpPort(): Promise<number> {
  const socket = createSocket("udp6").bind(0, "::");
  await once(socket, "listening");
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}
