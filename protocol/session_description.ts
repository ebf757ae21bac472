import { SignalboxError } from "./signalbox_error.ts";

/** What the server needs to know of a description before it believes it. */
export interface DescriptionFacts {
  /** The ICE user fragments of its sections, each once: the ICE generation that its candidates belong to (RFC 8839, 5.4). */
  readonly usernameFragments: readonly string[];
  /** The `mid` of each media section, in their order (RFC 9143). */
  readonly mids: readonly string[];
}

interface Section {
  readonly port: number;
  readonly attributes: Map<string, string>;
}

/**
 * Checks what a client sends as its session description (RFC 8866, RFC 9429) before an engine sees it: its shape, that every
 * section that is used has ICE credentials and a fingerprint, and its bounds.
 *
 * @throws {SignalboxError} `bad-sdp` with the line or the section and the rule that it broke.
 */
export function readDescription(sdp: string, limits: { readonly maxMediaSections: number }): DescriptionFacts {
  if (sdp.trim() === "") throw refuse("it is empty");
  const lines = sdp.split(/\r\n|\n/);
  if (lines[0] !== "v=0") throw refuse('line 1 is not "v=0"');
  const session = new Map<string, string>();
  const sections: Section[] = [];
  const counts = new Map<string, number>();
  let bundle = "";
  let attributes = session;
  lines.forEach((line, index) => {
    if (line === "") return;
    if (!/^[a-z]=/.test(line)) throw refuse(`line ${index + 1} is not of the form <letter>=<value>`);
    if (line.startsWith("m=")) {
      const section = readSection(line, index + 1);
      attributes = section.attributes;
      counts.clear();
      if (sections.push(section) > limits.maxMediaSections) {
        throw refuse(`it has more than ${limits.maxMediaSections} media sections`);
      }
    } else if (line.startsWith("a=")) {
      readAttribute(line, attributes);
      if (sections.length > 0) countLine(line, sections.length - 1, counts);
      if (line.startsWith("a=group:BUNDLE ")) bundle ||= line.slice("a=group:BUNDLE ".length);
    }
  });
  if (sections.length === 0) throw refuse("it has no media section");
  const mids = readMids(sections);
  const bundled = new Set(bundle.split(" "));
  const tagged = sections.find((_, index) => mids[index] === bundle.split(" ", 1)[0]);
  const usernameFragments = new Set<string>();
  sections.forEach(({ port, attributes }, index) => {
    // Port 0 means that a section is rejected, unless it is offered for its BUNDLE group only (RFC 9143, 6).
    if (port === 0 && !attributes.has("bundle-only")) return;
    // What a section does not say of its transport, the tagged one of its group says (RFC 9429, 5.2.2), or the session.
    const sources = [attributes, bundled.has(mids[index] ?? "") ? tagged?.attributes : undefined, session];
    usernameFragments.add(readCredentials(index, (name) => sources.find((source) => source?.has(name))?.get(name)));
  });
  return { usernameFragments: [...usernameFragments], mids };
}

function readSection(line: string, lineNumber: number): Section {
  const [, kind = "", port = ""] = /^m=(\S*) ?(\S*)/.exec(line) ?? [];
  if (!/^(audio|video|application)$/.test(kind)) throw refuse(`line ${lineNumber} is a section of an unknown kind`);
  if (!/^\d{1,5}$/.test(port)) throw refuse(`line ${lineNumber} has no port`);
  return { port: Number(port), attributes: new Map() };
}

/**
 * Most lines of one kind in a section, since an engine's work may grow faster than they do. Browsers write some 150 attributes, of
 * those 4 for each of the 6 SSRCs of three layers, and 3 layers. All of them ours.
 */
const maxSectionLines = new Map([
  ["ssrc", 64],
  ["ssrc-group", 16],
  ["rid", 16],
  ["candidate", 200],
  ["extmap", 64],
  ["rtpmap", 128],
  ["attribute", 1_000],
]);

function countLine(line: string, index: number, counts: Map<string, number>): void {
  const name = /^a=([^:\s]*)/.exec(line)?.[1] ?? "";
  for (const kind of [name, "attribute"]) {
    const most = maxSectionLines.get(kind);
    if (most === undefined) continue;
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    if (count <= most) continue;
    const what = kind === "attribute" ? "attribute lines" : `"a=${kind}" lines`;
    throw refuse(`media section ${index} has more than ${most} ${what}`);
  }
}

/** Of an attribute that comes twice the first counts. */
function readAttribute(line: string, attributes: Map<string, string>): void {
  const colon = line.indexOf(":");
  const name = colon < 0 ? line.slice(2) : line.slice(2, colon);
  if (!attributes.has(name)) attributes.set(name, colon < 0 ? "" : line.slice(colon + 1));
}

/** Checks what a section that is used must say, and returns its user fragment. */
function readCredentials(index: number, find: (name: string) => string | undefined): string {
  for (const [name, pattern] of credentialPatterns) {
    const value = find(name);
    if (value === undefined) throw refuse(`media section ${index} has no "a=${name}" line`);
    if (!pattern.test(value)) throw refuse(`media section ${index} has a malformed "a=${name}" line`);
  }
  return find("ice-ufrag") ?? "";
}

/** RFC 8839, 5.4 and RFC 8122, 5. */
const credentialPatterns = new Map([
  ["ice-ufrag", /^[A-Za-z0-9+/]{4,256}$/],
  ["ice-pwd", /^[A-Za-z0-9+/]{22,256}$/],
  ["fingerprint", /^[a-z0-9-]{3,16} ([0-9A-F]{2}:)+[0-9A-F]{2}$/i],
]);

function readMids(sections: readonly Section[]): string[] {
  const mids = sections.map(({ attributes }, index) => {
    const mid = attributes.get("mid");
    if (mid === undefined) throw refuse(`media section ${index} has no "a=mid" line`);
    return mid;
  });
  mids.forEach((mid, index) => {
    if (!/^[!#$%&'*+.^_`{|}~A-Za-z0-9-]{1,64}$/.test(mid)) {
      throw refuse(`media section ${index} has a malformed "a=mid" line`);
    }
    if (mids.indexOf(mid) !== index) throw refuse(`media sections ${mids.indexOf(mid)} and ${index} share one mid`);
  });
  return mids;
}

function refuse(why: string): SignalboxError {
  return new SignalboxError("bad-sdp", `Cannot use the session description: ${why}`);
}

/**
 * The ICE user fragment that a candidate names, in its field or in its line (`... ufrag abcd ...`, as browsers write it);
 * undefined when it names none and so belongs to whatever description is in force.
 */
export function readUsernameFragment(candidate: {
  readonly candidate: string;
  readonly usernameFragment?: string | null;
}): string | undefined {
  return candidate.usernameFragment || / ufrag (\S+)/.exec(candidate.candidate)?.[1];
}
