import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

/** A UDP port that nobody has on any address, for a node that is to open it. */
export async function freeUdpPort(): Promise<number> {
  const socket = createSocket("udp6").bind(0, "::");
  await once(socket, "listening");
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}

/** One that nobody has for TCP either. */
export async function freeUdpAndTcpPort(): Promise<number> {
  for (;;) {
    const port = await freeUdpPort();
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false)).listen(port, "::", () => server.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
}
