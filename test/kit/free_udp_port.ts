import { createSocket } from "node:dgram";
import { once } from "node:events";
import { isFree, isTaken } from "./free_port.ts";
import { randomPort } from "./random_port.ts";

/** A UDP port that nobody has on any address, for a node that is to open it. */
export async function freeUdpPort(): Promise<number> {
  for (;;) {
    const port = randomPort();
    const socket = createSocket("udp6");
    try {
      await once(socket.bind(port, "::"), "listening");
      return port;
    } catch (error) {
      if (!isTaken(error)) throw error;
    } finally {
      await new Promise<void>((resolve) => socket.close(resolve));
    }
  }
}

/** One that nobody has for TCP either. */
export async function freeUdpAndTcpPort(): Promise<number> {
  for (;;) {
    const port = await freeUdpPort();
    if (await isFree(port, "::")) return port;
  }
}
