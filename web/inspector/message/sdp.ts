/** A line of a description (RFC 8866, 5). */
export interface SdpLine {
  readonly text: string;
  /** The name of an attribute (`rtpmap`), or the letter of another line (`m`); "" for what is no line of SDP. */
  readonly name: string;
  readonly value: string;
}

/** The session level, or a media section. */
export interface SdpSection {
  /** What it is found by in another description: its `mid`, or its place where it has none; "session" for the session level. */
  readonly key: string;
  /** `session`, or the kind of media. */
  readonly kind: string;
  readonly mid: string | null;
  /** Of its own; null where nothing is said. */
  readonly direction: string | null;
  /** Port 0 and not bundled only: it is rejected or has ended (RFC 9429, 5.2.1). */
  readonly isRejected: boolean;
  readonly lines: readonly SdpLine[];
}

/** Reads any text as a description: what is wrong in it is kept as it stands. */
export function parseSdp(text: string): readonly SdpSection[] {
  const blocks: SdpLine[][] = [[]];
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (line === "") continue;
    const read = readLine(line);
    if (read.name === "m") blocks.push([]);
    blocks.at(-1)?.push(read);
  }
  const used = new Set<string>();
  return blocks.map((lines, index) => sectionOf(lines, index, used)).filter(({ lines }) => lines.length > 0);
}

function readLine(text: string): SdpLine {
  const [, letter, value = ""] = /^([a-z])=(.*)$/s.exec(text) ?? [];
  if (letter === undefined) return { text, name: "", value: text };
  if (letter !== "a") return { text, name: letter, value };
  const colon = value.indexOf(":");
  return colon === -1
    ? { text, name: value, value: "" }
    : { text, name: value.slice(0, colon), value: value.slice(colon + 1) };
}

const directions = ["sendrecv", "sendonly", "recvonly", "inactive"];

function sectionOf(lines: readonly SdpLine[], index: number, used: Set<string>): SdpSection {
  const find = (name: string) => lines.find((line) => line.name === name)?.value;
  const mid = index === 0 ? null : (find("mid") ?? null);
  const [kind = "", port = ""] = (find("m") ?? "").split(" ");
  // Two sections of one mid are an error of whoever wrote it; both are shown.
  const wanted = index === 0 ? "session" : mid === null || used.has(`mid ${mid}`) ? `place ${index}` : `mid ${mid}`;
  used.add(wanted);
  return {
    key: wanted,
    kind: index === 0 ? "session" : kind,
    mid,
    direction: lines.find(({ name }) => directions.includes(name))?.name ?? null,
    isRejected: index > 0 && port === "0" && !lines.some(({ name }) => name === "bundle-only"),
    lines,
  };
}
