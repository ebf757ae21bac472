import { type AddressInfo, createServer } from "node:net";

/** A port that is free now, for a node that is to be started on it again: one that the system picked is in TIME_WAIT for a while. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
