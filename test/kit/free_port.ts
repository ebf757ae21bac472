import { once } from "node:events";
import { createServer } from "node:net";
import { randomPort } from "./random_port.ts";

/** A TCP port that is free now, for a node that is to be started on it, perhaps again. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomPort();
    if (await isFree(port, "127.0.0.1")) return port;
  }
}

/**
 * Whether nobody has it.
 *
 * @param host `::` for all addresses, of IPv4 as well
 * @throws Error when that cannot be told
 */
export async function isFree(port: number, host: string): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, host), "listening");
  } catch (error) {
    if (isTaken(error)) return false;
    throw error;
  }
  await new Promise((resolve) => server.close(resolve));
  return true;
}

/** Why a port could not be had. */
export function isTaken(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EADDRINUSE";
}
