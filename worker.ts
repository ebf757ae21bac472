import type { Config } from "./config.ts";
import { echo } from "./examples/echo.ts";
import { createPinoLogger } from "./transport/log/pino_logger.ts";
import { openParentChannel } from "./transport/process/parent_channel.ts";
import { describeStartFailure, exitCodes } from "./transport/process/start_failure.ts";

// One process of `--workers`. Its parent says what it is and when it ends.

const stopOrdered = Promise.withResolvers<void>();
// A terminal's Ctrl+C comes to every process on it: the parent takes it, and tells us. SIGTERM was meant for this process.
process.on("SIGINT", () => undefined);
process.once("SIGTERM", () => stopOrdered.resolve());
const channel = await openParentChannel<Config>(() => stopOrdered.resolve());
const { config } = channel;
const log = createPinoLogger({ level: config.logLevel, isPretty: false }).child({ node: config.nodeId });
process.on("uncaughtException", (error) => {
  log.error("uncaught exception", { error });
  process.exit(exitCodes.softwareFault);
});
// Loaded late, since it may be what fails.
const node = await import("./node.ts")
  .then(({ startNode }) => startNode(echo, { config, log, onDrainRequested: () => stopOrdered.resolve() }))
  .catch(async (error) => {
    const verdict = describeStartFailure(error);
    if (verdict === undefined) log.error("cannot start", { error });
    else await channel.tell({ type: "refused", verdict });
    return process.exit(verdict?.exitCode ?? exitCodes.softwareFault);
  });
await channel.tell({ type: "listened", url: node.url });
await stopOrdered.promise;
log.info("node stopping", { sessions: node.sessionCount });
await node.stop();
process.exit(0);
