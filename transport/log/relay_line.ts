import type { Logger } from "../../actors/logger.ts";

export interface RelayOptions {
  /** Takes a line of JSON with its end. */
  readonly output: { write(line: string): void };
  /** Says what was no line of a log. */
  readonly log: Logger;
  /** The node whose line it is. */
  readonly node: string;
}

/** Passes on a line that another process wrote: as it is when it is one of a node's log, else in one of ours. */
export function relayLine(line: string, { output, log, node }: RelayOptions): void {
  if (isLogLine(line)) output.write(`${line}\n`);
  else log.warn("node said", { node, text: line });
}

function isLogLine(line: string): boolean {
  if (!line.startsWith('{"level":')) return false;
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
