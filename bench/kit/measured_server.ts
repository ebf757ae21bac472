import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { withDeadline } from "../../test/kit/with_deadline.ts";
import { spawnPinned } from "./pinned_process.ts";
import type { Usage } from "./usage.ts";

const reporterFile = fileURLToPath(new URL("usage_reporter.ts", import.meta.url));
/** How long a server may take to start, to answer and to end. */
const timeoutMs = 15_000;

/** A server as a process of its own, on a core of its own, that tells what it uses. Whoever started it stops it. */
export class MeasuredServer {
  /** `ws://127.0.0.1:<port>/ws`. */
  readonly wsUrl: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;

  private constructor(wsUrl: string, child: ChildProcess, exited: Promise<void>) {
    this.wsUrl = wsUrl;
    this.#child = child;
    this.#exited = exited;
  }

  /**
   * Starts a program and waits for the line in which it says where it listens (`... listening on http://...`).
   *
   * @param command the program's file and its arguments, after Node's own flags if there are any
   * @throws Error with what it wrote when it does not listen in time.
   */
  static async start(command: readonly string[]): Promise<MeasuredServer> {
    // Empty and its own, so that no configuration of this machine has a say.
    const cwd = mkdtempSync(join(tmpdir(), "signalbox-bench-"));
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(SIGNALBOX_|NODE_)/.test(name)));
    const args = ["--expose-gc", "--import", reporterFile, ...command];
    const child = spawnPinned("server", args, { cwd, env, stdio: ["ignore", "pipe", "pipe", "ipc"] });
    const lines: string[] = [];
    const listening = Promise.withResolvers<string>();
    const exited = new Promise<void>((resolve) => {
      child.once("error", listening.reject);
      child.once("close", (code, signal) => {
        rmSync(cwd, { recursive: true, force: true });
        listening.reject(new Error(`Cannot start ${command[0]}: it ended with ${code ?? signal}\n${lines.join("\n")}`));
        resolve();
      });
    });
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on("line", (line) => {
        const url = /listening on http(:\/\/\S+)$/.exec(line)?.[1];
        if (url !== undefined) listening.resolve(`ws${url}/ws`);
        lines.push(line);
        if (lines.length > 50) lines.shift();
      });
    }
    try {
      const what = `${command[0]} to listen`;
      const wsUrl = await withDeadline(listening.promise, { what, timeoutMs, describe: () => lines.join("\n") });
      return new MeasuredServer(wsUrl, child, exited);
    } catch (error) {
      child.kill("SIGKILL");
      throw error;
    }
  }

  /** What it has used so far; `isCollected` has it throw away its garbage first. */
  usage({ isCollected = false } = {}): Promise<Usage> {
    const answer = Promise.withResolvers<Usage>();
    this.#child.once("message", (usage) => answer.resolve(usage as Usage));
    this.#child.send(isCollected ? "usage after collection" : "usage", (error) => error && answer.reject(error));
    return withDeadline(answer.promise, { what: "the server to tell its usage", timeoutMs });
  }

  /** Waits until it has nothing left to do (under 2 % of its core for a quarter of a second), 5 s at most. */
  async quiet(): Promise<void> {
    const giveUpAt = performance.now() + 5_000;
    let last = await this.usage();
    while (performance.now() < giveUpAt) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      const now = await this.usage();
      if (now.cpuMs - last.cpuMs < 5) return;
      last = now;
    }
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    const killer = setTimeout(() => this.#child.kill("SIGKILL"), timeoutMs);
    await this.#exited;
    clearTimeout(killer);
  }
}
