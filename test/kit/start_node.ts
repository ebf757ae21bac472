import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { freePort } from "./free_port.ts";
import { Mailbox } from "./mailbox.ts";
import { commandIn, type Place } from "./network/namespace.ts";
import { withDeadline } from "./with_deadline.ts";

/** How a node is started. */
export interface StartNodeOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Flags after `--port`, as on a command line. */
  readonly flags?: readonly string[];
  /** Environment on top of this process's own (whose `SIGNALBOX_*` settings do not reach the node). */
  readonly env?: Readonly<Record<string, string>>;
  /** The program; default is the project's `main.ts`, or `SIGNALBOX_TEST_ENTRY` to test an installed one. */
  readonly entry?: string;
  /** The network that it runs in; default is this process's. */
  readonly place?: Place;
  /** How long the start may take, in milliseconds (default 25,000). */
  readonly timeoutMs?: number;
}

/** A line of a node's log: the parsed JSON, or `{ text }` for a line that is none. */
export type LogLine = Readonly<Record<string, unknown>>;

/** A node that runs as a process of its own. Whoever started it stops it. */
export interface RunningNode {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  /** `ws://127.0.0.1:<port>/ws`. */
  readonly wsUrl: string;
  /** Its log so far, and what comes next. */
  readonly log: Mailbox<LogLine>;
  /** The operating system's process. */
  readonly process: ChildProcess;
  readonly pid: number;
  /** What it wrote to stderr so far. */
  stderr(): string;
  /**
   * Ends it and returns its exit code (null if a signal ended it). May be called twice.
   *
   * @throws Error if it takes longer than `timeoutMs` (default 10,000); it is killed then.
   */
  stop(signal?: NodeJS.Signals, timeoutMs?: number): Promise<number | null>;
}

const LISTENING = /^signalbox listening on (https?:\/\/\S+)$/;

/**
 * Starts a real node on a free port and waits until it listens.
 *
 * It runs in an empty directory of its own, so that no `signalbox.json` of this machine has a say.
 *
 * @throws Error with its stderr when it exits early or does not listen in time.
 */
export async function startNode(options: StartNodeOptions = {}): Promise<RunningNode> {
  const { flags = [], env = {}, timeoutMs = 25_000 } = options;
  // Workers listen some time after their parent has found a port.
  const port = options.port ?? (flags.includes("--workers") ? await freePort() : 0);
  const entry = options.entry ?? process.env.SIGNALBOX_TEST_ENTRY ?? projectEntry();
  const directory = mkdtempSync(join(tmpdir(), "signalbox-node-"));
  const [program, args] = commandIn(options.place, process.execPath, [entry, "--port", `${port}`, ...flags]);
  const child = spawn(program, args, {
    cwd: directory,
    env: { ...inheritedEnv(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const killWithUs = () => child.kill("SIGKILL");
  process.once("exit", killWithUs);

  const log = new Mailbox<LogLine>("a line of the node's log");
  const stderr: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => stderr.push(line));
  const listening = Promise.withResolvers<string>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    const url = LISTENING.exec(line)?.[1];
    if (url !== undefined) listening.resolve(url);
    log.push(parseLine(line));
  });
  const exited = new Promise<number | null>((resolve) => {
    const cleanUp = () => {
      process.removeListener("exit", killWithUs);
      rmSync(directory, { recursive: true, force: true });
    };
    child.once("error", (error) => {
      cleanUp();
      listening.reject(new Error(`Cannot start ${entry}: ${error.message}`));
    });
    child.once("close", (code, signal) => {
      const how = `the node ended with ${code ?? signal}`;
      cleanUp();
      log.close(how);
      listening.reject(new Error(`Cannot start ${entry}: ${how}\n${stderr.join("\n")}\n${log.transcript()}`));
      resolve(code);
    });
  });

  const stop = async (signal: NodeJS.Signals = "SIGTERM", stopTimeoutMs = 10_000) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    try {
      return await withDeadline(exited, {
        what: `the node to end after ${signal}`,
        timeoutMs: stopTimeoutMs,
        describe: () => log.transcript(),
      });
    } finally {
      child.kill("SIGKILL");
    }
  };
  try {
    const url = await withDeadline(listening.promise, {
      what: `${entry} to listen`,
      timeoutMs,
      describe: () => `${stderr.join("\n")}\n${log.transcript()}`,
    });
    const wsUrl = `${url.replace(/^http/, "ws")}/ws`;
    return { url, wsUrl, log, process: child, pid: child.pid ?? -1, stderr: () => stderr.join("\n"), stop };
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
}

function projectEntry(): string {
  return fileURLToPath(new URL("../../main.ts", import.meta.url));
}

function inheritedEnv(): NodeJS.ProcessEnv {
  const isOurs = (name: string) =>
    name.startsWith("SIGNALBOX_") || name.startsWith("VITEST") || name === "NODE_OPTIONS";
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isOurs(name)));
}

function parseLine(line: string): LogLine {
  try {
    const parsed: unknown = JSON.parse(line);
    if (typeof parsed === "object" && parsed !== null) return parsed as LogLine;
  } catch {
    // Not JSON: the line that says where it listens, or a stray print; kept as text.
  }
  return { text: line };
}
