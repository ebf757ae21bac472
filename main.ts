import type { Logger } from "./actors/logger.ts";
import { answerCommandLine } from "./config/help.ts";
import { type Config, readConfig } from "./config.ts";
import { echo } from "./examples/echo.ts";
import { type Node, startNode } from "./node.ts";
import { SignalboxError } from "./protocol/signalbox_error.ts";
import { describeMissingBinary } from "./transport/edge/missing_binary.ts";
import { createPinoLogger } from "./transport/log/pino_logger.ts";

/** Signals closer than this are one. Ours. */
const repeatedSignalMs = 500;
/** EX_CONFIG and EX_SOFTWARE of sysexits.h. */
const exitCodes = { badConfig: 78, softwareFault: 70 } as const;

function readConfigOrExit(): Config {
  const argv = process.argv.slice(2);
  const answer = answerCommandLine(argv);
  if (answer !== undefined) {
    process.stdout.write(answer);
    process.exit(0);
  }
  try {
    return readConfig({ argv, env: process.env, cwd: process.cwd() });
  } catch (error) {
    return exitFor(error);
  }
}

/** Says in one line why the node does not start, where it is known; what is not known keeps its stack. */
function exitFor(error: unknown): never {
  const line = error instanceof SignalboxError ? error.message : describeMissingBinary(error);
  console.error(line === undefined ? error : `signalbox: ${line}`);
  process.exit(line === undefined ? exitCodes.softwareFault : exitCodes.badConfig);
}

function stopOnSignals(node: Node, log: Logger): void {
  let stoppingSinceMs: number | undefined;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      // npm passes a terminal's Ctrl+C on, so that it comes twice at once; a second one later means: now.
      if (stoppingSinceMs !== undefined) {
        if (performance.now() - stoppingSinceMs > repeatedSignalMs) process.exit(1);
        return;
      }
      stoppingSinceMs = performance.now();
      log.info("node stopping", { signal, sessions: node.sessionCount });
      void node.stop().then(() => process.exit(0));
    });
  }
}

const config = readConfigOrExit();
const log = createPinoLogger({ level: config.logLevel });
// What nobody caught is a fault of ours: said, and the process ends rather than go on in an unknown state.
process.on("uncaughtException", (error) => {
  log.error("uncaught exception", { error });
  process.exit(exitCodes.softwareFault);
});
for (const warning of config.warnings) log.warn("setting", { warning });
const node = await startNode(echo, { config, log }).catch(exitFor);
stopOnSignals(node, log);
if (config.isOpen) log.warn("anyone may connect", { auth: "open" });
process.stdout.write(`signalbox listening on ${node.url}\n`);
