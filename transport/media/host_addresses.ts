import { isIPv4, isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import { SignalboxError } from "../../protocol/signalbox_error.ts";

interface NamedAddress {
  readonly name: string;
  readonly address: string;
  readonly isLoopback: boolean;
}

/**
 * The addresses that host candidates are gathered for, the best first: every one of this machine but loopback and link-local ones.
 *
 * @param wanted names of interfaces, or addresses, that there are no others than; loopback ones are named by their names
 */
export function listHostAddresses(wanted: readonly string[] = []): string[] {
  return listAddresses()
    .filter((each) => (wanted.length === 0 ? !each.isLoopback : wanted.some((name) => isNamed(each, name))))
    .map(({ address }) => address)
    .sort((a, b) => precedenceOf(b) - precedenceOf(a));
}

/** @throws {SignalboxError} `bad-config` for a name that is no interface with an address, and no address, of this machine. */
export function checkInterfaces(wanted: readonly string[]): void {
  const all = listAddresses();
  const unknown = wanted.find((name) => !all.some((each) => isNamed(each, name)));
  if (unknown === undefined) return;
  const names = [...new Set(all.map(({ name }) => name))];
  const there = names.map((name) => {
    const addresses = all.filter((each) => each.name === name).map(({ address }) => address);
    return `${name} (${addresses.join(", ")})`;
  });
  throw new SignalboxError(
    "bad-config",
    `Cannot use --interfaces ${JSON.stringify(unknown)}: expected an interface or an address of this machine, which has ${there.join(", ")}`,
  );
}

/** All but link-local ones. */
function listAddresses(): NamedAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses
      .filter(({ address }) => !/^fe[89ab]/i.test(address) && !address.startsWith("169.254."))
      .map(({ address, internal }) => ({ name, address, isLoopback: internal })),
  );
}

function isNamed({ name, address }: NamedAddress, wanted: string): boolean {
  return name === wanted || address === (isIPv6(wanted) ? compress(wanted) : wanted);
}

/** As the system writes it (RFC 5952). */
function compress(address: string): string {
  return new URL(`http://[${address.split("%")[0]}]`).hostname.slice(1, -1);
}

/** RFC 6724, 2.1: global IPv6, IPv4, unique local IPv6. */
function precedenceOf(address: string): number {
  if (isIPv4(address)) return 35;
  return /^f[cd]/i.test(address) ? 3 : 40;
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
    // Those of one address of this machine have its priority and the next ones (RFC 8445, 5.1.2.1), which no other has (patch 324).
    const priority = Number(fields[3]) - index * 256;
    return [foundation, ...fields.slice(1, 3), priority, ip, ...fields.slice(5)].join(" ");
  });
}

/** The same for every candidate of a session description; of those that lead to one place the best stays. */
export function announceDescription(sdp: string, announceIps: readonly string[]): string {
  if (announceIps.length === 0) return sdp;
  const seen = new Set<string>();
  return sdp
    .split("\r\n")
    .flatMap((line) => {
      if (line.startsWith("m=")) seen.clear();
      if (!line.startsWith("a=candidate:")) return [line];
      return announceCandidate(line.slice(2), announceIps)
        .filter((candidate) => !seen.has(placeOf(candidate)) && seen.add(placeOf(candidate)))
        .map((candidate) => `a=${candidate}`);
    })
    .join("\r\n");
}

/** Component, transport, address, port, type and what follows, which a foundation and a priority do not change. */
function placeOf(candidate: string): string {
  const fields = candidate.split(" ");
  return [fields[1], fields[2], ...fields.slice(4)].join(" ");
}
