import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createInterface } from "node:readline";
import { withDeadline } from "../../test/kit/with_deadline.ts";
import { cores, isPinning } from "./pinned_process.ts";
import { cpuUsOf } from "./process_usage.ts";

/** How long a program may take to start and to end. */
const timeoutMs = 15_000;

/** How a program is started. */
export interface ForwardingProcessOptions {
  /** Whose core it runs on; any without. */
  readonly role?: keyof typeof cores | undefined;
  readonly command: readonly string[];
  /** What it writes when it is ready. */
  readonly ready: RegExp;
  readonly options?: SpawnOptions;
}

/** Any program as a process of its own on the core of its role, and what the system says of it. Whoever started it stops it. */
export class ForwardingProcess {
  readonly pid: number;
  /** What matched when it was ready. */
  readonly match: RegExpExecArray;
  readonly child: ChildProcess;
  readonly #exited: Promise<void>;

  private constructor(child: ChildProcess, match: RegExpExecArray, exited: Promise<void>) {
    this.pid = child.pid ?? -1;
    this.child = child;
    this.match = match;
    this.#exited = exited;
  }

  /** @throws Error with what it wrote when it is not ready in time. */
  static async start({ role, command, ready, options = {} }: ForwardingProcessOptions): Promise<ForwardingProcess> {
    // `taskset` replaces itself, so that the process is the program's.
    const affinity = isPinning && role !== undefined ? ["taskset", "-c", String(cores[role])] : [];
    const [program = "", ...args] = [...affinity, ...command];
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
    const killWithUs = () => child.kill("SIGKILL");
    process.once("exit", killWithUs);
    const lines: string[] = [];
    const matched = Promise.withResolvers<RegExpExecArray>();
    const exited = new Promise<void>((resolve) => {
      child.once("error", matched.reject);
      child.once("close", (code, signal) => {
        process.removeListener("exit", killWithUs);
        matched.reject(new Error(`Cannot start ${command[0]}: it ended with ${code ?? signal}\n${lines.join("\n")}`));
        resolve();
      });
    });
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on("line", (line) => {
        const match = ready.exec(line);
        if (match !== null) matched.resolve(match);
        lines.push(line);
        if (lines.length > 50) lines.shift();
      });
    }
    try {
      const what = `${command.join(" ")} to be ready`;
      const match = await withDeadline(matched.promise, { what, timeoutMs, describe: () => lines.join("\n") });
      return new ForwardingProcess(child, match, exited);
    } catch (error) {
      child.kill("SIGKILL");
      throw error;
    }
  }

  /** User and system time of all its threads that live, in microseconds. */
  cpuUs(): number {
    return cpuUsOf(this.pid);
  }

  /** Datagrams that its UDP sockets had no room for, since they were opened. */
  droppedDatagrams(): number {
    const inodes = new Set(readSocketInodes(this.pid));
    const drops = ["udp", "udp6"].flatMap((file) => readFileSync(`/proc/net/${file}`, "utf8").split("\n").slice(1));
    return drops
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => inodes.has(fields[9] ?? ""))
      .reduce((sum, fields) => sum + Number(fields.at(-1)), 0);
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    this.child.kill(signal);
    const killer = setTimeout(() => this.child.kill("SIGKILL"), timeoutMs);
    await this.#exited;
    clearTimeout(killer);
  }
}

function readSocketInodes(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
    } catch {
      return [];
    }
  });
}
