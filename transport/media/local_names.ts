// Browsers that may not tell their addresses give names instead, which only they can resolve (draft-ietf-mmusic-mdns-ice-candidates).
// To look them up would send multicast; it is not needed either, since their checks tell where they come from (RFC 8445, 7.3.1.3).

/** Whether a candidate is one of a name rather than an address. */
export function hasLocalName(candidate: string): boolean {
  return /\.local$/i.test(candidate.split(" ")[4] ?? "");
}

/**
 * A description without such candidates, and without `a=end-of-candidates`: what comes by a check may still come, so the end of
 * the list is not the end of the wait (RFC 8863).
 */
export function withoutLocalNames(sdp: string): string {
  return sdp
    .split(/\r\n|\n/)
    .filter((line) => line !== "a=end-of-candidates" && !(line.startsWith("a=candidate:") && hasLocalName(line)))
    .join("\r\n");
}
