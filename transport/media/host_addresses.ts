import { isIPv4 } from "node:net";
import { networkInterfaces } from "node:os";

/** The addresses that host candidates are gathered for: every one of this machine but loopback and link-local ones. */
export function listHostAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, address }) => !internal && !/^fe[89ab]/i.test(address) && !address.startsWith("169.254."))
    .map(({ address }) => address);
}

/**
 * Writes public addresses into host candidates (1:1 NAT): each candidate line of a host is replaced by one for each announced
 * address of its family. A family that nothing is announced for stays as it is.
 *
 * @param line the line after `a=`: `candidate:<foundation> <component> <transport> <priority> <address> <port> typ host ...`
 */
export function announceCandidate(line: string, announceIps: readonly string[]): string[] {
  const fields = line.split(" ");
  const address = fields[4];
  if (address === undefined || fields[7] !== "host") return [line];
  const announced = announceIps.filter((ip) => isIPv4(ip) === isIPv4(address));
  if (announced.length === 0) return [line];
  return announced.map((ip, index) => {
    const foundation = index === 0 ? fields[0] : `${fields[0]}${index}`;
    return [foundation, ...fields.slice(1, 4), ip, ...fields.slice(5)].join(" ");
  });
}

/** The same for every candidate of a session description; lines that become equal appear once. */
export function announceDescription(sdp: string, announceIps: readonly string[]): string {
  if (announceIps.length === 0) return sdp;
  const seen = new Set<string>();
  return sdp
    .split("\r\n")
    .flatMap((line) => {
      if (line.startsWith("m=")) seen.clear();
      if (!line.startsWith("a=candidate:")) return [line];
      return announceCandidate(line.slice(2), announceIps)
        .map((candidate) => `a=${candidate}`)
        .filter((candidate) => !seen.has(candidate) && seen.add(candidate));
    })
    .join("\r\n");
}
