import { SocketAddress } from "node:net";

/** The short form of an address that the engine writes with all zeros; an IPv4-mapped one (RFC 4291, 2.5.5.2) as IPv4. */
export function remoteAddressOf(text: string): string {
  if (!text.includes(":")) return text;
  const { address } = new SocketAddress({ address: text, family: "ipv6" });
  return address.replace(/^::ffff:(?=\d+\.)/, "");
}
