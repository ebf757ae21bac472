import type { Logger } from "./actors/logger.ts";
import { answerCommandLine } from "./config/help.ts";
import { type Config, readConfig } from "./config.ts";
import { echo } from "./examples/echo.ts";
import { createPinoLogger, openLogOutput } from "./transport/log/pino_logger.ts";
import { describeStartFailure, exitCodes } from "./transport/process/start_failure.ts";
import { takeStopSignals } from "./transport/process/stop_signals.ts";

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
  const failure = describeStartFailure(error);
  console.error(failure === undefined ? error : `signalbox: ${failure.line}`);
  process.exit(failure?.exitCode ?? exitCodes.softwareFault);
}

async function runNode(config: Config, log: Logger): Promise<void> {
  // Not loaded by a parent of workers: it is most of the program.
  const { startNode } = await import("./node.ts");
  const stop = (why: { readonly signal: string } | { readonly asked: "by an operator" }): void => {
    log.info("node stopping", { ...why, sessions: node.sessionCount });
    void node.stop().then(() => process.exit(0));
  };
  const node = await startNode(echo, { config, log, onDrainRequested: () => stop({ asked: "by an operator" }) });
  takeStopSignals({
    stop: (signal) => stop({ signal }),
    kill: () => process.exit(1),
  });
  sayListening(node.url);
}

async function runWorkers(config: Config, log: Logger): Promise<void> {
  const { startWorkers } = await import("./workers.ts");
  const workers = await startWorkers({ config, log, output });
  takeStopSignals({
    stop: (signal) => {
      log.info("workers stopping", { signal, workers: config.workers });
      workers.stop();
    },
    kill: () => {
      workers.kill();
      process.exit(1);
    },
  });
  const url = await workers.listening;
  if (url !== undefined) sayListening(url);
  const verdict = await workers.ended;
  if (verdict !== undefined) console.error(`signalbox: ${verdict.line}`);
  process.exit(verdict?.exitCode ?? 0);
}

function sayListening(url: string): void {
  if (config.isOpen) log.warn("anyone may connect", { auth: "open" });
  process.stdout.write(`signalbox listening on ${url}\n`);
}

const config = readConfigOrExit();
const output = openLogOutput();
const log = createPinoLogger({ level: config.logLevel, isPretty: false, write: (line) => output.write(line) });
// What nobody caught is a fault of ours: said, and the process ends rather than go on in an unknown state.
process.on("uncaughtException", (error) => {
  log.error("uncaught exception", { error });
  process.exit(exitCodes.softwareFault);
});
for (const warning of config.warnings) log.warn("setting", { warning });
await (config.workers > 1 ? runWorkers(config, log) : runNode(config, log)).catch(exitFor);
