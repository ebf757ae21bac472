import { createSocket } from "node:dgram";
import { once } from "node:events";
import { isFree, isTaken } from "./free_port.ts";
import { randomPort } from "./random_port.ts";

/** A UDP port that nobody has on any address, for a node that is to open it. */
export async function freeUdpPort(): Promise<number> {
  for (;;) {
    const port = randomPort();
    if (await isUdpFree(port)) return port;
  }
}

/** So many next to each other; the first one. */
export async function freeUdpPorts(count: number): Promise<number> {
  for (;;) {
    const first = randomPort();
    const free = await Promise.all(Array.from({ length: count }, (_, index) => isUdpFree(first + index)));
    if (free.every((each) => each)) return first;
  }
}

/** One that nobody has for TCP either. */
export async function freeUdpAndTcpPort(): Promise<number> {
  for (;;) {
    const port = await freeUdpPort();
    if (await isFree(port, "::")) return port;
  }
}

async function isUdpFree(port: number): Promise<boolean> {
  const socket = createSocket("udp6");
  try {
    await once(socket.bind(port, "::"), "listening");
    return true;
  } catch (error) {
    if (isTaken(error)) return false;
    throw error;
  } finally {
    await new Promise<void>((resolve) => socket.close(resolve));
  }
}
