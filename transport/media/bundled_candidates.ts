/**
 * Leaves the candidates of a BUNDLE group to the section that the group is tagged with (RFC 8843, 7.1.3; RFC 9429, 5.2.2): the others
 * have the same, and a description of many sections would mostly consist of them.
 */
export function dropRepeatedCandidates(sdp: string): string {
  const [, group = ""] = /^a=group:BUNDLE (.*?)\r?$/m.exec(sdp) ?? [];
  const [tag, ...others] = group.split(" ");
  if (tag === undefined || others.length === 0) return sdp;
  return sdp
    .split(/^(?=m=)/m)
    .map((section) => {
      const mid = /^a=mid:(\S+)/m.exec(section)?.[1];
      return mid !== undefined && others.includes(mid)
        ? section.replaceAll(/^a=(?:candidate:.*|end-of-candidates)\r?\n/gm, "")
        : section;
    })
    .join("");
}
