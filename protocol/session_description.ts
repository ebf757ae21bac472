import { SignalboxError } from "./signalbox_error.ts";

/** What the server needs to know of a description before it believes it. */
export interface DescriptionFacts {
  /** The ICE user fragments of its sections, each once: the ICE generation that its candidates belong to (RFC 8839, 5.4). */
  readonly usernameFragments: readonly string[];
  /** The `mid` of each media section, in their order (RFC 9143). */
  readonly mids: readonly string[];
}

interface Section {
  readonly kind: string;
  readonly isRejected: boolean;
  attributes: Map<string, string>;
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
  if (!lines[0]?.startsWith("v=0")) throw refuse('line 1 is not "v=0"');
  const session = new Map<string, string>();
  const sections: Section[] = [];
  let attributes = session;
  lines.forEach((line, index) => {
    if (line === "") return;
    if (line[1] !== "=" || !/[a-z]/.test(line[0] ?? "")) throw refuse(`line ${index + 1} is not of the form <letter>=<value>`);
    if (line.startsWith("m=")) {
      const [kind = "", port = ""] = line.slice(2).split(" ");
      if (!/^(audio|video|application)$/.test(kind)) throw refuse(`line ${index + 1} is a section of an unknown kind`);
      if (!/^\d{1,5}$/.test(port)) throw refuse(`line ${index + 1} has no port`);
      attributes = new Map();
      sections.push({ kind, isRejected: port === "0" && !/bundle-only/.test(sdp), attributes });
      if (sections.length > limits.maxMediaSections) {
        throw refuse(`it has more than ${limits.maxMediaSections} media sections`);
      }
    } else if (line.startsWith("a=")) {
      const colon = line.indexOf(":");
      const name = colon < 0 ? line.slice(2) : line.slice(2, colon);
      if (!attributes.has(name)) attributes.set(name, colon < 0 ? "" : line.slice(colon + 1));
    }
  });
  if (sections.length === 0) throw refuse("it has no media section");
  return { usernameFragments: readCredentials(session, sections), mids: readMids(sections) };
}

function readCredentials(session: Map<string, string>, sections: readonly Section[]): string[] {
  const fragments = new Set<string>();
  sections.forEach(({ attributes, isRejected }, index) => {
    if (isRejected) return;
    const find = (name: string): string | undefined => attributes.get(name) ?? session.get(name);
    for (const name of ["ice-ufrag", "ice-pwd", "fingerprint"]) {
      if (find(name) === undefined) throw refuse(`media section ${index} has no "a=${name}" line`);
    }
    const fragment = find("ice-ufrag") ?? "";
    if (!/^[A-Za-z0-9+/]{4,256}$/.test(fragment)) throw refuse(`media section ${index} has a malformed "a=ice-ufrag" line`);
    if (!/^[A-Za-z0-9+/]{22,256}$/.test(find("ice-pwd") ?? "")) {
      throw refuse(`media section ${index} has a malformed "a=ice-pwd" line`);
    }
    if (!/^[a-z0-9-]{3,16} ([0-9A-F]{2}:)+[0-9A-F]{2}$/i.test(find("fingerprint") ?? "")) {
      throw refuse(`media section ${index} has a malformed "a=fingerprint" line`);
    }
    fragments.add(fragment);
  });
  return [...fragments];
}

function readMids(sections: readonly Section[]): string[] {
  const mids = sections.map(({ attributes }, index) => attributes.get("mid") ?? String(index));
  mids.forEach((mid, index) => {
    if (!/^[!#$%&'*+.^_`{|}~A-Za-z0-9-]{1,64}$/.test(mid)) throw refuse(`media section ${index} has a malformed "a=mid" line`);
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
