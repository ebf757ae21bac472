/** An ICE candidate in its parts (RFC 8839, 5.1). */
export interface IceCandidate {
  readonly foundation: string;
  /** 1 for RTP, 2 for RTCP. */
  readonly component: number;
  /** `udp` or `tcp`. */
  readonly protocol: string;
  readonly priority: number;
  /** An IP address, or an mDNS name. */
  readonly address: string;
  readonly port: number;
  /** `host`, `srflx`, `prflx`, `relay`. */
  readonly type: string;
  /** `active`, `passive`, `so`: of TCP only. */
  readonly tcpType: string | null;
  readonly relatedAddress: string | null;
  readonly relatedPort: number | null;
  /** Of the browser: how often ICE was restarted. */
  readonly generation: string | null;
  readonly usernameFragment: string | null;
}

/** Reads `candidate:...`, with or without `a=` before it; null for what is none. */
export function parseIceCandidate(text: string): IceCandidate | null {
  const words = text
    .trim()
    .replace(/^a=/, "")
    .replace(/^candidate:/i, "")
    .split(/\s+/);
  const [foundation, component, protocol, priority, address, port, typ, type, ...rest] = words;
  if (foundation === undefined || protocol === undefined || address === undefined || type === undefined) return null;
  if (typ !== "typ" || !isNumber(component) || !isNumber(priority) || !isNumber(port)) return null;
  const extension = (name: string): string | null => {
    for (let index = 0; index + 1 < rest.length; index += 2) if (rest[index] === name) return rest[index + 1] ?? null;
    return null;
  };
  const relatedPort = extension("rport") ?? undefined;
  return {
    foundation,
    component: Number(component),
    protocol: protocol.toLowerCase(),
    priority: Number(priority),
    address,
    port: Number(port),
    type,
    tcpType: extension("tcptype"),
    relatedAddress: extension("raddr"),
    relatedPort: isNumber(relatedPort) ? Number(relatedPort) : null,
    generation: extension("generation"),
    usernameFragment: extension("ufrag"),
  };
}

/** An address with its port as it is written in URLs: IPv6 in brackets. */
export function endpointWords(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

function isNumber(text: string | undefined): text is string {
  return text !== undefined && /^\d{1,15}$/.test(text);
}
