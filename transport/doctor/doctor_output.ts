import { styleText } from "node:util";
import type { Check, Group, Verdict } from "./check.ts";
import { formatResult, formatSummary, formatTitle, plainStyle, type ReportStyle } from "./doctor_report.ts";
import type { CheckResult } from "./run_checks.ts";

/** Back to the beginning of the line, and away with what it said (ECMA-48, EL). */
const clearLine = "\r\u001b[K";
const maxColumns = 160;

/** What a report is written to: `process.stdout`, or what a test reads. */
export interface ReportOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const colors: Readonly<Record<Verdict | "title" | "advice", Parameters<typeof styleText>[0]>> = {
  passed: "green",
  warning: "yellow",
  failed: "red",
  skipped: "dim",
  title: "bold",
  advice: "cyan",
};

/** Writes a report as it comes about; on a terminal its last line says what is waited for. */
export class DoctorOutput {
  readonly #output: ReportOutput;
  readonly #style: ReportStyle;
  readonly #isTerminal: boolean;
  #group: Group | undefined;

  /** `isColored` counts on a terminal only. */
  constructor(output: ReportOutput, { isColored }: { readonly isColored: boolean }) {
    this.#output = output;
    this.#isTerminal = output.isTTY === true;
    this.#style = {
      columns: this.#isTerminal ? Math.min(output.columns ?? plainStyle.columns, maxColumns) : plainStyle.columns,
      // Of a terminal it is known already that it is one.
      paint: (kind, text) =>
        this.#isTerminal && isColored ? styleText(colors[kind], text, { validateStream: false }) : text,
    };
  }

  ended(result: CheckResult): void {
    const title = result.group === this.#group ? "" : formatTitle(result.group, this.#style);
    this.#group = result.group;
    this.#write(`${title}${formatResult(result, this.#style)}`);
  }

  waiting(checks: readonly Check[]): void {
    if (!this.#isTerminal) return;
    const names = checks.map(({ group, name }) => (name === "servers" || name === group ? group : `${group}: ${name}`));
    const text = names.length === 0 ? "" : `  waiting for ${names.join(", ")}`;
    this.#output.write(`${clearLine}${text.slice(0, Math.max(0, this.#style.columns - 1))}`);
  }

  end(results: readonly CheckResult[], tookMs: number): void {
    this.#write(formatSummary(results, tookMs, this.#style));
  }

  #write(text: string): void {
    this.#output.write(this.#isTerminal ? `${clearLine}${text}` : text);
  }
}
