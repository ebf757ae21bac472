import type { ConnectionExplanation, ExplainedEvidence } from "../../protocol/connection_explanation.ts";
import { durationText } from "./duration_text.ts";

/** How parts of a report are shown: on a terminal with colors, else as they are. */
export interface ReportStyle {
  readonly strong: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly dim: (text: string) => string;
}

const plain: ReportStyle = { strong: String, good: String, bad: String, dim: String };

/** Evidence and pairs beyond these are left out of a report; the JSON has all. Ours. */
const maxLines = 12;

/** An explanation as text for people, lines with a line break at the end of each. */
export function writeReport(explanation: ConnectionExplanation, style: ReportStyle = plain): string {
  const shown = withoutControls(explanation);
  const { isWell, cause, summary, remedy, waitedFor, neverCame, evidence, pairs, phases, others, gaps } = shown;
  const verdict = isWell ? style.good(`well (${cause})`) : style.bad(`not well (${cause})`);
  return [
    `${style.strong(titleOf(shown))}: ${shown.state}, ${verdict}`,
    "",
    ...wrapped(summary),
    ...(remedy === "" ? [] : ["", ...wrapped(`${style.strong("What to do:")} ${remedy}`)]),
    ...section(
      "Waited for",
      waitedFor.map(
        ({ what, since, forMs, isOver }) =>
          `${what}, since ${timeText(since)}, for ${durationText(forMs)}${isOver ? "" : " up to now"}`,
      ),
      style,
    ),
    ...section("Never came", neverCame, style),
    ...section("What shows it (times are UTC)", evidence.map(evidenceText), style),
    ...section(
      "Candidate pairs tried (node, client)",
      pairs.map(({ local, remote, result }) => `${local} - ${remote}: ${result}`),
      style,
    ),
    ...section(
      "How long it took",
      phases.map(({ name, ms }) => `${name}: ${durationText(ms)}`),
      style,
    ),
    ...section(
      "Also found",
      others.map(
        ({ cause: code, summary: text, remedy: hint }) =>
          `${text}${hint === "" ? "" : ` ${hint}`} ${style.dim(`(${code})`)}`,
      ),
      style,
    ),
    ...section("What is missing", gaps, style),
    "",
  ].join("\n");
}

/** Clients' words are in it, and none of them commands a terminal. */
function withoutControls(explanation: ConnectionExplanation): ConnectionExplanation {
  return JSON.parse(JSON.stringify(explanation), (_, value: unknown) =>
    typeof value === "string" ? value.replaceAll(/\p{Cc}/gu, "?") : value,
  );
}

function titleOf({ peer, connection, room, nodes }: ConnectionExplanation): string {
  const what =
    connection === undefined || connection === peer ? `Client ${peer}` : `Client ${peer}, connection ${connection}`;
  const where = room === undefined ? "" : `, room "${room}"`;
  return `${what}${where}${nodes.length === 0 ? "" : `, node ${nodes.join(", then ")}`}`;
}

function section(title: string, lines: readonly string[], style: ReportStyle): readonly string[] {
  if (lines.length === 0) return [];
  const left = lines.length - maxLines;
  const shown = lines.slice(0, maxLines).flatMap((line) => wrapped(`- ${line}`, "  "));
  return ["", style.strong(`${title}:`), ...shown, ...(left > 0 ? [`  and ${left} more`] : [])];
}

function evidenceText({ at, event, text }: ExplainedEvidence): string {
  return `${timeText(at)} ${text} [${event.replace(/^xstate\.after\.(\w+)\..*$/, "$1")}]`;
}

/** `12:05:40.123`, in UTC as logs have it. */
function timeText(at: number): string {
  return new Date(at).toISOString().slice(11, 23);
}

/** At 100 characters, so that it is read in any window. Ours. */
function wrapped(text: string, indent = ""): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + word.length + 1 > 100) {
      lines.push(line);
      line = `${indent}${word}`;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
