import { createSocket } from "node:dgram";
import { isFree } from "./free_port.ts";
import { randomPort } from "./random_port.ts";

/** A UDP port that nobody has on any address, for a node that is to open it. */
export async function freeUdpPort(): Promise<number> {
  for (;;) {
    const port = randomPort();
    const socket = createSocket("udp6");
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once("error", () => resolve(false)).bind(port, "::", () => resolve(true));
    });
    await new Promise<void>((resolve) => socket.close(() => resolve()));
    if (isOpen) return port;
  }
}

/** One that nobody has for TCP either. */
export async function freeUdpAndTcpPort(): Promise<number> {
  for (;;) {
    const port = await freeUdpPort();
    if (await isFree(port, "::")) return port;
  }
}
