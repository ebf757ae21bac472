import { BlockList, isIPv4 } from "node:net";

/** Who can reach an address. */
export type AddressKind = "loopback" | "link-local" | "private" | "public";

/** IANA's special-purpose registries; 100.64/10 is shared by the customers of a provider (RFC 6598). */
const special: readonly (readonly [kind: AddressKind, net: string, bits: number])[] = [
  ["loopback", "127.0.0.0", 8],
  ["link-local", "169.254.0.0", 16],
  ["private", "10.0.0.0", 8],
  ["private", "172.16.0.0", 12],
  ["private", "192.168.0.0", 16],
  ["private", "100.64.0.0", 10],
  ["loopback", "::1", 128],
  ["link-local", "fe80::", 10],
  ["private", "fc00::", 7],
];

const lists = new Map<AddressKind, BlockList>();
for (const [kind, net, bits] of special) {
  const list = lists.get(kind) ?? new BlockList();
  list.addSubnet(net, bits, isIPv4(net) ? "ipv4" : "ipv6");
  lists.set(kind, list);
}

export function addressKind(address: string): AddressKind {
  const family = isIPv4(address) ? "ipv4" : "ipv6";
  for (const [kind, list] of lists) if (list.check(address, family)) return kind;
  return "public";
}

/** The addresses that clients are told: those of the machine, and of a family with announced ones these instead. */
export function candidateAddresses(hosts: readonly string[], announceIps: readonly string[]): readonly string[] {
  // A machine without a network is reached by itself.
  const own = hosts.length === 0 ? ["127.0.0.1"] : hosts;
  const told = own.flatMap((address) => {
    const announced = announceIps.filter((ip) => isIPv4(ip) === isIPv4(address));
    return announced.length === 0 ? [address] : announced;
  });
  return [...new Set(told)];
}
