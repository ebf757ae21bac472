import { type AddressInfo, createServer } from "node:net";

/**
 * The port that `port` means on `host`, 0 being any free one, if a program could listen there alone right now.
 *
 * @throws the system's error, with its `code`
 */
export function pickPort(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen({ host, port, exclusive: true }, () => {
      const { port: picked } = probe.address() as AddressInfo;
      probe.close(() => resolve(picked));
    });
  });
}
