import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { version } from "../config/version.ts";
import { replayReport } from "../machines/replay_report.ts";
import { parseConnectionRecord } from "../protocol/connection_record.ts";
import { writtenTest } from "./replay/written_test.ts";

// Runs a record of a connection through the machines again: `npm run replay -- record.json`.

const root = fileURLToPath(new URL("..", import.meta.url));
/** npm runs scripts in the project; what was typed is meant from where it was typed. */
const cwd = process.env["INIT_CWD"] ?? process.cwd();

const usage = `Usage: npm run replay -- <record.json> [--test [<file>]]

Runs a record of GET /api/v1/peers/{id}/record through the machines again and prints the steps.
With --test it also writes a test of it, to <file> or to test/replays/, with the record beside it.
Ends with 0 when every step leads to what was recorded, with 1 where one departs, with 2 when there is nothing to replay.
`;

interface Wanted {
  readonly recordFile: string;
  /** "" for the usual place; undefined when no test is wanted. */
  readonly testFile: string | undefined;
}

function readArguments(): Wanted | undefined {
  const options = { test: { type: "boolean" }, help: { type: "boolean" } } as const;
  const { values, positionals } = parseArgs({ allowPositionals: true, options });
  const [recordFile, testFile, ...more] = positionals;
  const isTooMuch = more.length > 0 || (testFile !== undefined && values.test !== true);
  if (values.help === true || recordFile === undefined || isTooMuch) return undefined;
  return { recordFile, testFile: values.test === true ? (testFile ?? "") : undefined };
}

/** Writes a test of the record, and a copy of it beside the test. @returns the file of the test */
function writeTest(text: string, place: string): string {
  const record = parseConnectionRecord(text);
  const name = record.peer.toLowerCase().replaceAll(/[^a-z0-9]+/g, "_");
  const testFile = place === "" ? join(root, "test/replays", `${name}_test.ts`) : resolve(cwd, place);
  const recordFile = join(dirname(testFile), `${basename(testFile).replace(/(?:_test)?\.ts$/, "")}.record.json`);
  mkdirSync(dirname(testFile), { recursive: true });
  writeFileSync(recordFile, text);
  writeFileSync(testFile, writtenTest(record, { root, testFile, recordFile }));
  return testFile;
}

function run({ recordFile, testFile }: Wanted): number {
  const text = readFileSync(resolve(cwd, recordFile), "utf8");
  const { lines, hasDeparted } = replayReport(parseConnectionRecord(text), version);
  console.log(lines.join("\n"));
  if (testFile !== undefined) {
    const written = writeTest(text, testFile);
    const way = relative(root, written);
    console.log(`wrote ${written}: npx vitest run ${way}`);
    if (!/^test\/.*_test\.ts$/.test(way)) console.log("vitest finds tests as test/**/*_test.ts: move both files there");
  }
  return hasDeparted ? 1 : 0;
}

try {
  const wanted = readArguments();
  if (wanted === undefined) process.stderr.write(usage);
  process.exitCode = wanted === undefined ? 2 : run(wanted);
} catch (error) {
  // A file that is not there, or no record, or a flag that there is not: all say it in their words.
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 2;
}
