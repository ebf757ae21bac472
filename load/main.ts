import { writeFileSync } from "node:fs";
import { formatReport } from "./format_report.ts";
import { BadOptions, type LoadOptions, loadHelp, readLoadOptions } from "./load_options.ts";
import { isGood } from "./load_report.ts";
import { ProgressLine } from "./progress_line.ts";
import { runLoad } from "./run_load.ts";

// Plays the members of many rooms against a server, and says what became of them:
//
//   npm run load -- --rooms 10 --peers 6 --audio --video --for 60s [--url http://127.0.0.1:8080] [--json report.json]

/** Signals closer than this are one: npm passes a terminal's Ctrl+C on, so that it comes twice. Ours. */
const repeatedSignalMs = 500;
/** EX_CONFIG and EX_CANTCREAT of sysexits.h. */
const exitCodes = { badOptions: 78, cannotWrite: 73, failed: 1 } as const;

function readOptionsOrExit(): LoadOptions {
  const argv = process.argv.slice(2);
  if (argv.includes("--help") || argv.includes("-h")) {
    process.stdout.write(loadHelp());
    process.exit(0);
  }
  try {
    const options = readLoadOptions(argv);
    // Before the run, not after it.
    if (options.jsonFile !== undefined) writeFileSync(options.jsonFile, "");
    return options;
  } catch (error) {
    if (error instanceof BadOptions) exitWith(exitCodes.badOptions, error.message);
    const { code, path } = error as NodeJS.ErrnoException;
    if (code === undefined || path === undefined) throw error;
    return exitWith(exitCodes.cannotWrite, `Cannot write ${path}: ${code}`);
  }
}

function exitWith(code: number, message: string): never {
  process.stderr.write(`signalbox load: ${message}\n`);
  process.exit(code);
}

/** The first signal ends the run with its report, a later one at once. */
function endOnSignals(): AbortSignal {
  const ended = new AbortController();
  let endedAtMs: number | undefined;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (endedAtMs !== undefined && performance.now() - endedAtMs > repeatedSignalMs) process.exit(exitCodes.failed);
      endedAtMs ??= performance.now();
      ended.abort();
    });
  }
  return ended.signal;
}

const options = readOptionsOrExit();
const line = new ProgressLine(process.stdout);
const report = await runLoad(options, {
  ended: endOnSignals(),
  progressed: (workers, elapsedMs) => line.show(workers, options.rooms * options.peers, elapsedMs),
});
line.end();
process.stdout.write(`\n${formatReport(report)}`);
if (options.jsonFile !== undefined) writeFileSync(options.jsonFile, `${JSON.stringify(report, null, 2)}\n`);
process.exitCode = isGood(report) ? 0 : exitCodes.failed;
