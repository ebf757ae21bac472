import { isHidden, type SeenCandidate } from "../candidate.ts";
import { durationText } from "../duration_text.ts";
import { natOf, sayCandidate, sayNat } from "./found_words.ts";
import type { NetworkFacts } from "./network_facts.ts";
import { type PathKind, pathKinds } from "./path_kind.ts";
import { pathNames } from "./path_words.ts";
import { sayServer } from "./server_trouble.ts";
import { verdictOn } from "./verdict.ts";
import { pathContent, sayAnnounced, signalingContent } from "./way_content.ts";
import type { WayContent } from "./way_row.ts";

/** Where and when a check was made. */
export interface ReportOrigin {
  /** Where the page is from, without its path. */
  readonly server: string;
  readonly browser: string;
  /** ISO 8601. */
  readonly at: string;
}

/**
 * Writes a check down as plain text, for who is asked for help. No credentials, no names, and of the person's own addresses only the
 * network; the server's are kept, since it is about them.
 */
export function reportOf(facts: NetworkFacts, { server, browser, at }: ReportOrigin): string {
  const { text, advice, code } = verdictOn(facts);
  const found = facts.found.map(
    (one) => `  ${maskedAddress(one)} (${sayCandidate(one)}), after ${durationText(one.afterMs)}`,
  );
  const asked = facts.asked.map((one) => {
    const masked = one.candidate === null ? null : { ...one.candidate, address: maskedAddress(one.candidate) };
    const took = one.afterMs === null ? "" : ` After ${durationText(one.afterMs)}.`;
    return `  ${one.url}: ${sayServer({ ...one, candidate: masked })}${took}`;
  });
  return [
    `Signalbox connection check of ${server}, ${at}`,
    browser,
    "",
    `${text} [${code}]`,
    ...advice.map((each) => `  ${each}`),
    "",
    wayLine("WebSocket", signalingContent(facts)),
    ...pathKinds.flatMap((kind) => [
      wayLine(pathNames[kind].title, pathContent(kind, facts)),
      ...pairLines(kind, facts),
    ]),
    "",
    `Addresses of the browser, ${facts.gatheredMs === null ? "still looking" : `in ${durationText(facts.gatheredMs)}`}:`,
    ...orNone(found),
    "STUN and TURN servers:",
    ...orNone(asked),
    sayNat(natOf(facts)),
    "",
  ].join("\n");
}

function wayLine(title: string, { outcome, why, measures }: WayContent): string {
  const times = measures.filter(([, value]) => value !== "").map(([name, value]) => `${name.toLowerCase()} ${value}`);
  return `${title}: ${[outcome.toLowerCase(), ...times].join(", ")}${why === "" ? "" : `. ${why}`}`;
}

function pairLines(kind: PathKind, { paths }: NetworkFacts): readonly string[] {
  const { pair } = paths[kind];
  const announced = sayAnnounced(paths[kind]);
  if (pair === null) return announced === "" ? [] : [`  ${announced}`];
  const remote = `${pair.remote.address}:${pair.remote.port}`;
  return [
    `  ${maskedAddress(pair.local)} (${pair.local.type}) to ${remote} (${pair.remote.type}), ${pair.local.protocol}`,
  ];
}

/** The network that an address is in; a relay's is the operator's, and no secret. */
export function maskedAddress(candidate: SeenCandidate): string {
  const { address, port, type } = candidate;
  if (address === "" || isHidden(candidate)) return "hidden";
  if (type === "relay") return `${address}:${port}`;
  if (address.includes(":")) return `${address.split(":").slice(0, 2).join(":")}:…`;
  return `${address.split(".").slice(0, 2).join(".")}.x.x`;
}

function orNone(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? ["  none"] : lines;
}
