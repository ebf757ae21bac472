// What werift has to be spared, or told otherwise, of what a client sends.

/**
 * Whether a candidate is one of a name rather than an address. Browsers that may not tell their addresses give names that only
 * they can resolve (draft-ietf-mmusic-mdns-ice-candidates). To look them up would send multicast; it is not needed either, since
 * their checks tell where they come from (RFC 8445, 7.3.1.3).
 */
export function hasLocalName(candidate: string): boolean {
  return /\.local$/i.test(candidate.split(" ")[4] ?? "");
}

/**
 * A description as werift takes it: without candidates of local names; without `a=end-of-candidates`, since what comes by a check
 * may still come (RFC 8863); with a port in sections that are `a=bundle-only`, whose port 0 does not mean that they are rejected
 * (RFC 9143, 6) although werift reads it so; and without header extensions whose identifier means another one in another section,
 * which no packet could carry (RFC 9143, 9.2): aiortc offers them, and loses its connection to the first packet that has one.
 */
export function adaptDescription(sdp: string): string {
  const ambiguous = findAmbiguousExtensionIds(sdp);
  return sdp
    .split(/^(?=m=)/m)
    .map((section) => (/^a=bundle-only\r?$/m.test(section) ? section.replace(/^(m=\w+) 0 /, "$1 9 ") : section))
    .flatMap((section) => section.split(/\r\n|\n/))
    .filter((line) => line !== "" && line !== "a=end-of-candidates" && !isLocalCandidate(line))
    .filter((line) => !ambiguous.has(readExtensionMap(line)?.id ?? ""))
    .map((line) => `${line}\r\n`)
    .join("");
}

function isLocalCandidate(line: string): boolean {
  return line.startsWith("a=candidate:") && hasLocalName(line);
}

function findAmbiguousExtensionIds(sdp: string): Set<string> {
  const uris = new Map<string, string>();
  const ambiguous = new Set<string>();
  for (const line of sdp.split(/\r\n|\n/)) {
    const extension = readExtensionMap(line);
    if (extension === undefined) continue;
    const { id, uri } = extension;
    if ((uris.get(id) ?? uri) !== uri) ambiguous.add(id);
    uris.set(id, uri);
  }
  return ambiguous;
}

/** `a=extmap:<id>[/<direction>] <URI> ...` (RFC 8285, 8). */
function readExtensionMap(line: string): { readonly id: string; readonly uri: string } | undefined {
  const [, id, uri] = /^a=extmap:(\d+)(?:\/\S+)? (\S+)/.exec(line) ?? [];
  return id === undefined || uri === undefined ? undefined : { id, uri };
}
