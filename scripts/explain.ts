import { existsSync, readFileSync } from "node:fs";
import { styleText } from "node:util";
import { explain } from "../actors/explain/explain.ts";
import { type ReportStyle, writeReport } from "../actors/explain/explanation_report.ts";
import type { ConnectionExplanation } from "../protocol/connection_explanation.ts";
import { isConnectionRecord, recordFormat } from "../protocol/connection_record.ts";
import { askNode } from "./explain/ask_node.ts";
import { explainHelp, readExplainOptions } from "./explain/explain_options.ts";

// Why a connection is as it is, for people: asked of a node, or read from the file of a record.

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
    const isFile = options.subject.endsWith(".json") || existsSync(options.subject);
    const explanation = isFile ? explainFile(options.subject) : await askNode(options);
    const isColored = process.stdout.isTTY === true && !process.env["NO_COLOR"];
    process.stdout.write(isColored ? writeReport(explanation, onTerminal) : writeReport(explanation));
    process.exitCode = explanation.isWell ? 0 : 1;
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
