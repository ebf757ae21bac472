/** What a description says of the streams of one section of the side that made it. */
export interface RemoteSection {
  readonly mid: string;
  readonly kind: "audio" | "video";
  /** From a stream to its retransmission stream (RFC 4588; `a=ssrc-group:FID` of RFC 5576); undefined where it has none. */
  readonly ssrcs: ReadonlyMap<number, number | undefined>;
  /** The simulcast layers that it sends (RFC 8853), the lowest first; empty without simulcast. */
  readonly rids: readonly string[];
}

/** Streams that a section may name: three layers and their retransmissions have room, twice over. Ours. */
const maxSsrcs = 12;
/** Layers that a section may have; browsers send three. Ours. */
const maxRids = 4;
/** RFC 8851, 10: letters, digits, hyphen and underscore; one-byte header extensions carry up to 16 bytes. */
const ridPattern = /^[A-Za-z0-9_-]{1,16}$/;
/** Names that say how large a layer is; others are taken to be listed from the lowest on, as browsers' encodings are. */
const sizes = ["q", "h", "f"];

/** Reads the audio and video sections of a description, as far as packets are told apart by it; tolerant of all else. */
export function readRemoteSections(sdp: string): RemoteSection[] {
  return sdp
    .split(/^(?=m=)/m)
    .slice(1)
    .flatMap((section) => {
      const kind = /^m=(audio|video) /.exec(section)?.[1] as RemoteSection["kind"] | undefined;
      const mid = /^a=mid:(\S+)/m.exec(section)?.[1];
      return kind === undefined || mid === undefined
        ? []
        : [{ kind, mid, ssrcs: readSsrcs(section), rids: readRids(section) }];
    });
}

function readSsrcs(section: string): Map<number, number | undefined> {
  const ssrcs = new Map<number, number | undefined>();
  for (const [, ssrc] of section.matchAll(/^a=ssrc:(\d{1,10})\b/gm)) {
    if (ssrcs.size < maxSsrcs) ssrcs.set(Number(ssrc), undefined);
  }
  for (const [, first, second] of section.matchAll(/^a=ssrc-group:FID (\d{1,10}) (\d{1,10})\s*$/gm)) {
    if (!ssrcs.has(Number(first)) || first === second) continue;
    ssrcs.delete(Number(second));
    ssrcs.set(Number(first), Number(second));
  }
  return ssrcs;
}

function readRids(section: string): string[] {
  const [, list = ""] = /^a=simulcast:(?:.* )?send (\S+)/m.exec(section) ?? [];
  // Alternatives of one layer are parted by commas, a tilde marks a layer that is paused at first.
  const rids = list.split(";").map((layer) => (layer.split(",")[0] ?? "").replace(/^~/, ""));
  const known = [...new Set(rids)].filter((rid) => ridPattern.test(rid)).slice(0, maxRids);
  return known.every((rid) => sizes.includes(rid)) ? known.sort((a, b) => sizes.indexOf(a) - sizes.indexOf(b)) : known;
}
