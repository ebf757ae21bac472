import { type DestinationStream, type Logger as Pino, pino, stdTimeFunctions } from "pino";
import type { LogFields, Logger } from "../../actors/logger.ts";
import { redact } from "../../protocol/redact.ts";
import { prettyLine } from "./pretty_line.ts";
import { StdoutWriter } from "./stdout_writer.ts";

/** How a node logs. */
export interface PinoLoggerOptions {
  /** The least severe level that is written. */
  readonly level: "trace" | "debug" | "info" | "warn" | "error";
  /** For people instead of programs (default: stdout is a terminal). */
  readonly isPretty?: boolean;
  /** Takes each line, with its end; default is stdout. */
  readonly write?: (line: string) => void;
}

/**
 * A logger to stdout: JSON lines, or readable ones on a terminal. What was logged is written even if the process ends next.
 * There is nothing to close. Call it once; `child` makes the others.
 */
export function createPinoLogger(options: PinoLoggerOptions): Logger {
  const settings = {
    level: options.level,
    base: null,
    messageKey: "event",
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (level: string) => ({ level }) },
    // Errors come as plain objects from `redact`; pino's own serializers would look for them again.
    serializers: {},
  };
  return new PinoLogger(pino(settings, openLogOutput(options)), {});
}

class PinoLogger implements Logger {
  readonly #pino: Pino;
  readonly #fields: LogFields;

  constructor(pino: Pino, fields: LogFields) {
    this.#pino = pino;
    this.#fields = fields;
  }

  get isQuiet(): boolean {
    return !this.#pino.isLevelEnabled("debug");
  }

  debug(event: string, fields?: LogFields): void {
    this.#write("debug", event, fields);
  }

  info(event: string, fields?: LogFields): void {
    this.#write("info", event, fields);
  }

  warn(event: string, fields?: LogFields): void {
    this.#write("warn", event, fields);
  }

  error(event: string, fields?: LogFields): void {
    this.#write("error", event, fields);
  }

  child(fields: LogFields): Logger {
    return new PinoLogger(this.#pino, { ...this.#fields, ...fields });
  }

  #write(level: "debug" | "info" | "warn" | "error", event: string, fields: LogFields = {}): void {
    if (!this.#pino.isLevelEnabled(level)) return;
    // The names of the line's own members are not the fields' to take.
    const { time: time_, level: level_, event: event_, ...others } = { ...this.#fields, ...fields };
    this.#pino[level](redact({ ...others, time_, level_, event_ }), event);
  }
}

/** Where lines of the log go, which come as JSON with their ends; for a program that has lines of others to write, too. */
export function openLogOutput({
  isPretty = process.stdout.isTTY,
  write,
}: Omit<PinoLoggerOptions, "level"> = {}): DestinationStream {
  const stdout = write === undefined ? new StdoutWriter() : { write };
  return isPretty ? { write: (line) => stdout.write(prettyLine(line)) } : stdout;
}
