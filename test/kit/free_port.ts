import { createServer } from "node:net";
import { randomPort } from "./random_port.ts";

/** A TCP port that is free now, for a node that is to be started on it, perhaps again. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomPort();
    if (await isFree(port, "127.0.0.1")) return port;
  }
}

/** Whether a server could listen there. @param host `::` for all addresses, of IPv4 as well */
export async function isFree(port: number, host: string): Promise<boolean> {
  const server = createServer();
  return await new Promise((resolve) => {
    server.once("error", () => resolve(false)).listen(port, host, () => server.close(() => resolve(true)));
  });
}
