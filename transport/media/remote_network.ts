import { isIPv6, SocketAddress } from "node:net";

/** Who can be told from whom by an address: of IPv6 anybody has all of a /64 (RFC 6177, 2), of IPv4 one. */
export function remoteNetwork(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = "", tail = ""] = new SocketAddress({ address, family: "ipv6" }).address.split("::");
  const [first, last] = [head, tail].map((groups) => (groups === "" ? [] : groups.split(":")));
  const zeros = new Array<string>(8 - (first?.length ?? 0) - (last?.length ?? 0)).fill("0");
  return `${[...(first ?? []), ...zeros, ...(last ?? [])].slice(0, 4).join(":")}::/64`;
}
