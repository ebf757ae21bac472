import { existsSync, readFileSync } from "node:fs";
import { styleText } from "node:util";
import { explain } from "../actors/explain/explain.ts";
import { type ReportStyle, writeReport } from "../actors/explain/explanation_report.ts";
import type { ConnectionExplanation } from "../protocol/connection_explanation.ts";
import { isConnectionRecord, recordFormat } from "../protocol/connection_record.ts";
import { askNode, failedConnectionsOf, listClients } from "./explain/ask_node.ts";
import { type ExplainOptions, explainHelp, readExplainOptions } from "./explain/explain_options.ts";

// Why a connection is as it is, for people: asked of a node, or read from the file of a record.

/** Failures that are explained at once. Ours. */
const maxFailed = 20;

const onTerminal: ReportStyle = {
  strong: (text) => styleText("bold", text),
  good: (text) => styleText("green", text),
  bad: (text) => styleText("red", text),
  dim: (text) => styleText("dim", text),
};

function explainFile(file: string): ConnectionExplanation {
  const record = readJson(file);
  if (isConnectionRecord(record)) return explain(record);
  throw new Error(`Cannot use ${file}: it is no record of the format ${recordFormat} (GET /api/v1/peers/{id}/record)`);
}

/** One, or those of the newest failures; how many there are is said beside them. */
async function explanationsFor(options: ExplainOptions): Promise<readonly ConnectionExplanation[]> {
  const { subject } = options;
  if (subject !== undefined) {
    return [subject.endsWith(".json") || existsSync(subject) ? explainFile(subject) : await askNode(options, subject)];
  }
  const failed = failedConnectionsOf(await listClients(options));
  const explanations: ConnectionExplanation[] = [];
  for (const id of failed.slice(0, maxFailed)) explanations.push(await askNode(options, id));
  const cut = failed.length > maxFailed ? `; the newest ${maxFailed} of them` : "";
  console.error(
    `${failed.length} peer connection${failed.length === 1 ? "" : "s"} failed, of those that are remembered${cut}`,
  );
  return explanations;
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`Cannot read ${file}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

try {
  const options = readExplainOptions(process.argv.slice(2), process.env);
  if (options === undefined) console.log(explainHelp);
  else {
    const explanations = await explanationsFor(options);
    const isColored = process.stdout.isTTY === true && !process.env["NO_COLOR"];
    const reports = explanations.map((one) => (isColored ? writeReport(one, onTerminal) : writeReport(one)));
    process.stdout.write(reports.join("\n"));
    process.exitCode = explanations.every(({ isWell }) => isWell) ? 0 : 1;
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
