/**
 * An address as candidates name it: without the zone of a link-local one (RFC 4007, 11), and an IPv4 one that a socket for both
 * families maps into IPv6 (RFC 4291, 2.5.5.2) as IPv4.
 */
export function plainAddress(address: string): string {
  const [bare = ""] = address.split("%");
  return /^::ffff:[\d.]+$/i.test(bare) ? bare.slice(7) : bare;
}
