import type { SdpLine, SdpSection } from "./sdp.ts";

/** What became of something since the description before. */
export type SdpChange = "same" | "added" | "removed" | "changed";

export interface DiffLine {
  readonly line: SdpLine;
  readonly change: SdpChange;
  /** What stood there before, of one that changed. */
  readonly was: string | null;
}

export interface DiffSection {
  readonly section: SdpSection;
  readonly change: SdpChange;
  readonly lines: readonly DiffLine[];
}

/**
 * What differs between two descriptions of one side, section by section: media sections are the same by their `mid`, lines by
 * what they are about (`rtpmap` of a payload type, `ssrc` of a source, the one `ice-ufrag`), so that an order that changed is no difference.
 * Without a description before everything is the same.
 */
export function diffSdp(before: readonly SdpSection[] | null, after: readonly SdpSection[]): readonly DiffSection[] {
  if (before === null) return after.map((section) => wholly(section, "same"));
  const old = new Map(before.map((section) => [section.key, section]));
  const sections = after.map((section) => {
    const was = old.get(section.key);
    old.delete(section.key);
    return was === undefined ? wholly(section, "added") : diffSection(was, section);
  });
  return [...sections, ...[...old.values()].map((section) => wholly(section, "removed"))];
}

/** How many lines were added, removed and changed. */
export function countChanges(sections: readonly DiffSection[]): Readonly<Record<SdpChange, number>> {
  const counts = { same: 0, added: 0, removed: 0, changed: 0 };
  for (const { lines } of sections) for (const { change } of lines) counts[change] += 1;
  return counts;
}

/** A text in three: what it begins with as the other one does, what is its own, and what it ends with as the other one does. */
export function ownPart(text: string, other: string): readonly [string, string, string] {
  const shorter = Math.min(text.length, other.length);
  let start = 0;
  while (start < shorter && text[start] === other[start]) start += 1;
  let end = 0;
  while (end < shorter - start && text.at(-1 - end) === other.at(-1 - end)) end += 1;
  return [text.slice(0, start), text.slice(start, text.length - end), text.slice(text.length - end)];
}

function wholly(section: SdpSection, change: SdpChange): DiffSection {
  return { section, change, lines: section.lines.map((line) => ({ line, change, was: null })) };
}

function diffSection(before: SdpSection, after: SdpSection): DiffSection {
  const old = keyed(before.lines);
  const isKept = new Set<string>();
  const lines: DiffLine[] = [];
  const places = new Map<string, number>();
  for (const [key, line] of keyed(after.lines)) {
    const was = old.get(key);
    if (was !== undefined) isKept.add(key);
    const change = was === undefined ? "added" : was.text === line.text ? "same" : "changed";
    lines.push({ line, change, was: change === "changed" ? (was?.text ?? null) : null });
    places.set(key, lines.length);
  }
  // What is gone is shown where it stood: after the line before it that is still there.
  const gone: { readonly place: number; readonly line: SdpLine }[] = [];
  let place = 0;
  for (const [key, line] of old) {
    if (isKept.has(key)) place = places.get(key) ?? place;
    else gone.push({ place, line });
  }
  for (const { place: at, line } of gone.reverse()) lines.splice(at, 0, { line, change: "removed", was: null });
  const isSame = lines.every(({ change }) => change === "same");
  return { section: after, change: isSame ? "same" : "changed", lines };
}

/** Lines by what they are about, the second of one kind as the second. */
function keyed(lines: readonly SdpLine[]): ReadonlyMap<string, SdpLine> {
  const map = new Map<string, SdpLine>();
  for (const line of lines) {
    const base = subjectOf(line);
    let key = base;
    for (let number = 2; map.has(key); number += 1) key = `${base} ${number}`;
    map.set(key, line);
  }
  return map;
}

/** Attributes of which there are many, each about what stands first in its value. */
const byFirstWord = new Set(["rtpmap", "fmtp", "rid", "extmap"]);
/** Attributes of which there are many, each a thing of its own; the letters are bandwidths and times. */
const byWholeText = new Set(["candidate", "rtcp-fb", "ssrc-group", "crypto", "remote-candidates", ""]);

function subjectOf({ name, value, text }: SdpLine): string {
  if (byWholeText.has(name)) return text;
  if (byFirstWord.has(name)) return `${name} ${value.split(/[ /]/, 1)[0]}`;
  // ssrc:<id> <attribute>:<value> (RFC 5576).
  if (name === "ssrc") return `ssrc ${/^\S+ ?[^:]*/.exec(value)?.[0] ?? value}`;
  if (name === "group") return `group ${value.split(" ", 1)[0]}`;
  if (name === "fingerprint") return `fingerprint ${value.split(" ", 1)[0]?.toLowerCase()}`;
  return ["sendrecv", "sendonly", "recvonly", "inactive"].includes(name) ? "direction" : name;
}
