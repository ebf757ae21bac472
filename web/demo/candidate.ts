/** One ICE candidate as far as a person is interested in it (RFC 8839, section 5.1). */
export interface SeenCandidate {
  readonly type: string;
  readonly protocol: string;
  readonly address: string;
  readonly port: number;
}

/** Reads one candidate line, with or without `a=`; null where it is none. */
export function parseCandidate(line: string): SeenCandidate | null {
  const match = /^(?:a=)?candidate:\S+ \d+ (\S+) \d+ (\S+) (\d+) typ (\S+)/i.exec(line.trim());
  if (match === null) return null;
  const [, protocol = "", address = "", port = "", type = ""] = match;
  return { type: type.toLowerCase(), protocol: protocol.toLowerCase(), address, port: Number(port) };
}

/** The candidates that a session description already holds, each address once however many media sections name it. */
export function candidatesInSdp(sdp: string): readonly SeenCandidate[] {
  const found = new Map<string, SeenCandidate>();
  for (const line of sdp.split(/\r?\n/)) {
    const candidate = parseCandidate(line);
    if (candidate !== null) found.set(JSON.stringify(candidate), candidate);
  }
  return [...found.values()];
}

/** Whether the browser hid the address behind a `.local` name (mDNS, draft-ietf-mmusic-mdns-ice-candidates). */
export function isHidden(candidate: SeenCandidate): boolean {
  return candidate.address.endsWith(".local");
}

/** Whether an address or host name means the machine itself. */
export function isLoopback(address: string): boolean {
  return (
    address === "localhost" || address.endsWith(".localhost") || /^127\./.test(address) || /^\[?::1\]?$/.test(address)
  );
}

/** Whether an address can be reached only from the same network (RFC 1918, 3927, 4193, 4291, 6598) or machine. */
export function isPrivate(address: string): boolean {
  if (isLoopback(address)) return true;
  if (/^(10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.)/.test(address)) return true;
  if (/^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./.test(address)) return true;
  return /^\[?(f[cd][0-9a-f]{2}|fe[89ab][0-9a-f]):/i.test(address);
}
