import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Mailbox } from "./mailbox.ts";
import { commandIn, type Place } from "./network/namespace.ts";
import { withDeadline } from "./with_deadline.ts";

/** How long it may take to listen, and to end, in milliseconds. */
const timeoutMs = 15_000;

/** Those that run, which end with this process. */
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** What a coturn is started with. */
export interface CoturnProcessOptions {
  /** Where it listens, who may use it. @param folder its own, for files that last as long as it does */
  readonly flags: (folder: string) => readonly string[];
  /** Lines of its log that together say that it is ready. */
  readonly readyLines: readonly RegExp[];
  /** The network that it runs in; default is this process's. */
  readonly place?: Place;
}

/** A real coturn that listens. Whoever started it stops it. */
export interface CoturnProcess {
  /** Its files, which go when it does. */
  readonly folder: string;
  readonly log: Mailbox<string>;
  /** Stops or continues it, as one that hangs. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
  /** Ends it without a word to its clients over UDP. */
  stop(): Promise<void>;
}

/** @throws Error with its log when it does not listen */
export async function startCoturnProcess({ flags, readyLines, place }: CoturnProcessOptions): Promise<CoturnProcess> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-turn-"));
  const args = ["-n", "-v", "--no-cli", "--no-rfc5780", "--no-dtls", "--realm", "test", "--log-file", "stdout"];
  args.push("--simple-log", "--pidfile", join(folder, "pid"), "--userdb", join(folder, "db"), ...flags(folder));
  const [program, command] = commandIn(place, "turnserver", args);
  const child = spawn(program, command, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  const log = new Mailbox<string>("a line of coturn's log", (line) => line);
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => log.push(line));
  }
  const gone = new Promise<void>((resolve) => {
    const cleanUp = (how: string) => {
      running.delete(child);
      rmSync(folder, { recursive: true, force: true });
      log.close(how);
      resolve();
    };
    child.once("error", (error) => cleanUp(`turnserver cannot be started: ${error.message}`));
    child.once("close", (code, signal) => cleanUp(`turnserver ended with ${code ?? signal}`));
  });
  const stop = async () => {
    child.kill("SIGKILL");
    await withDeadline(gone, { what: "coturn to end", timeoutMs, describe: () => log.transcript() });
  };
  try {
    for (const line of readyLines) {
      await log.next((each) => line.test(each), { what: `coturn to listen (${line.source})`, timeoutMs });
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { folder, log, signal: (signal) => void child.kill(signal), stop };
}
