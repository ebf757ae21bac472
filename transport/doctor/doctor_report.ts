import { type Group, time, type Verdict } from "./check.ts";
import type { CheckResult } from "./run_checks.ts";

/** How a report is shown. */
export interface ReportStyle {
  /** Characters in a line. */
  readonly columns: number;
  readonly paint: (kind: Verdict | "title" | "advice", text: string) => string;
}

export const plainStyle: ReportStyle = { columns: 120, paint: (_kind, text) => text };

const titles: Readonly<Record<Group, string>> = {
  program: "Program",
  settings: "Settings",
  ports: "Ports",
  address: "Address",
  sources: "Sources of ICE servers",
  STUN: "STUN",
  TURN: "TURN",
  outside: "From outside",
  clock: "Clock",
  NATS: "NATS",
};
const verdictColumns = 10;
const nameColumns = 24;
const indent = "  ";
/** Text is not pressed into less than this. */
const minTextColumns = 40;

/** The heading of a group. */
export function formatTitle(group: Group, { paint }: ReportStyle): string {
  return `\n${paint("title", titles[group])}\n`;
}

/** The lines of a check that ended. */
export function formatResult(result: CheckResult, { columns, paint }: ReportStyle): string {
  const { verdict, name, saw, advice } = result;
  const head = `${indent}${paint(verdict, verdict)}${" ".repeat(verdictColumns - verdict.length)}`;
  const textAt = indent.length + verdictColumns + nameColumns;
  const width = Math.max(minTextColumns, columns - textAt);
  const pad = " ".repeat(textAt);
  const lines = wrap(saw, width).map((line) => `${pad}${line}`);
  // A long name has a line for itself.
  const first =
    name.length < nameColumns
      ? `${head}${name.padEnd(nameColumns)}${lines.shift()?.trimStart() ?? ""}`
      : `${head}${name}`;
  const advised =
    advice === undefined
      ? []
      : wrap(`-> ${advice}`, width).map((line, index) => paintLine(`${index === 0 ? "" : "   "}${line}`));
  function paintLine(line: string): string {
    return `${pad}${paint("advice", line)}`;
  }
  return `${[first, ...lines, ...advised].map((line) => line.trimEnd()).join("\n")}\n`;
}

/** What all came to, in one line. */
export function formatSummary(results: readonly CheckResult[], tookMs: number, { paint }: ReportStyle): string {
  const counts = countVerdicts(results);
  const parts = (["passed", "warning", "failed", "skipped"] as const).flatMap((verdict) =>
    counts[verdict] === 0
      ? []
      : [paint(verdict, `${counts[verdict]} ${verdict === "warning" && counts.warning > 1 ? "warnings" : verdict}`)],
  );
  const groups = [...new Set(results.filter(({ verdict }) => verdict === "failed").map(({ group }) => titles[group]))];
  const verdict =
    counts.failed > 0
      ? paint("failed", `not ready: mend ${groups.join(", ")}`)
      : counts.warning > 0
        ? paint("warning", "ready, if the warnings are meant to be so")
        : paint("passed", "ready for users");
  return `\n${parts.join(", ")} in ${time(tookMs)}: ${verdict}\n`;
}

/** What `--json` prints (docs/doctor.md). */
export function toJson(results: readonly CheckResult[], tookMs: number): object {
  return {
    format: "signalbox-doctor/1",
    isReady: countVerdicts(results).failed === 0,
    counts: countVerdicts(results),
    tookMs: Math.round(tookMs),
    checks: results.map(({ group, name, verdict, saw, advice, facts, tookMs: ms }) => ({
      group,
      name,
      verdict,
      saw,
      ...(advice === undefined ? {} : { advice }),
      ...(facts === undefined ? {} : { facts }),
      tookMs: Math.round(ms),
    })),
  };
}

function countVerdicts(results: readonly CheckResult[]): Record<Verdict, number> {
  const counts = { passed: 0, warning: 0, failed: 0, skipped: 0 };
  for (const { verdict } of results) counts[verdict] += 1;
  return counts;
}

/** Breaks text at spaces; a word that is longer than a line stays whole, so that it can be copied. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
