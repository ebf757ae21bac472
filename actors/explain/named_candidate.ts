import type { ObservedCandidate } from "../../protocol/connection_observation.ts";

/** An address that one side told the other one. */
export type NamedCandidate = ObservedCandidate;

/** Where an address leads: `reserved` is for documentation and the like, and nowhere on the Internet. */
export type AddressKind = "mdns" | "loopback" | "private" | "reserved" | "public";

/** Reads a candidate line (RFC 8839, 5.1); undefined for what is none, as the one that ends them. */
export function readCandidate(line: string): NamedCandidate | undefined {
  const [, protocol = "", address = "", port = "", type = ""] =
    /^(?:a=)?candidate:\S+ \d+ (\S+) \d+ ([\w.:%-]{1,255}) (\d{1,5}) typ (host|srflx|prflx|relay)\b/i.exec(
      line.trim(),
    ) ?? [];
  if (address === "") return undefined;
  return {
    type: type.toLowerCase() as NamedCandidate["type"],
    protocol: protocol.toLowerCase() === "tcp" ? "tcp" : "udp",
    address,
    port: Number(port),
  };
}

/** Those of a description, each once: with BUNDLE each section may repeat them. */
export function readCandidatesOf(sdp: string): readonly NamedCandidate[] {
  const lines = [...new Set(sdp.match(/^a=candidate:.*$/gm) ?? [])];
  return withoutRepeats(lines.flatMap((line) => readCandidate(line) ?? []));
}

/** Each once. */
export function withoutRepeats(candidates: readonly NamedCandidate[]): readonly NamedCandidate[] {
  return [...new Map(candidates.map((candidate) => [candidateText(candidate), candidate])).values()];
}

/** `udp 192.0.2.7:50000 (host)`. */
export function candidateText({ type, protocol, address, port }: NamedCandidate): string {
  return `${protocol} ${address.includes(":") ? `[${address}]` : address}:${port} (${type})`;
}

/** What kind of address it is. */
export function addressKindOf(address: string): AddressKind {
  if (address.toLowerCase().endsWith(".local")) return "mdns";
  if (/^\d+(\.\d+){3}$/.test(address)) return kindOfIpv4(address);
  return address.includes(":") ? kindOfIpv6(address.toLowerCase()) : "mdns";
}

/** RFC 1918, 6598 and 3927; RFC 5737, 2544 and 1112. */
function kindOfIpv4(address: string): AddressKind {
  const [a = 0, b = 0, c = 0] = address.split(".").map(Number);
  if (a === 127) return "loopback";
  if (a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168)) return "private";
  if ((a === 100 && b >= 64 && b < 128) || (a === 169 && b === 254)) return "private";
  const isForDocuments =
    (a === 192 && b === 0 && c === 2) || (a === 198 && b === 51 && c === 100) || (a === 203 && b === 0 && c === 113);
  const isForTests = a === 198 && (b === 18 || b === 19);
  return a === 0 || a >= 224 || isForDocuments || isForTests ? "reserved" : "public";
}

/** RFC 4193, 4291 and 3849. */
function kindOfIpv6(address: string): AddressKind {
  if (address === "::1") return "loopback";
  if (/^f[cd]/.test(address) || /^fe[89ab]/.test(address)) return "private";
  return address === "::" || address.startsWith("ff") || /^2001:0?db8:/.test(address) ? "reserved" : "public";
}
