import { spawn } from "node:child_process";
import { delimiter } from "node:path";
import { createInterface } from "node:readline";

/** Where distributions put it beside what is in PATH already; Debian's is no folder of users. */
const moreFolders = ["/usr/sbin", "/usr/local/sbin", "/usr/local/bin"];

/** A nats-server of our own on a free port of loopback. */
export interface NatsProgram {
  readonly url: string;
  readonly pid: number;
  /** Resolves when it is gone. */
  readonly ended: Promise<string>;
  stop(): void;
}

/** @throws Error in one line that says what to do, when it is not installed or does not start. */
export async function startNatsProgram(): Promise<NatsProgram> {
  const path = [process.env.PATH ?? "", ...moreFolders].join(delimiter);
  // In a process group of its own: a terminal's Ctrl+C is not for it, it ends after the nodes.
  const child = spawn("nats-server", ["-a", "127.0.0.1", "-p", "-1"], {
    env: { ...process.env, PATH: path },
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
  });
  process.once("exit", () => child.kill("SIGKILL"));
  const ended = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) => resolve(`it ended with ${signal ?? `code ${code}`}`));
    child.once("error", (error: NodeJS.ErrnoException) => {
      const how =
        "there is no nats-server; on Debian: apt-get install nats-server, elsewhere: https://nats.io/download";
      resolve(error.code === "ENOENT" ? how : error.message);
    });
  });
  const port = await new Promise<string>((resolve, reject) => {
    let listensOn: string | undefined;
    createInterface({ input: child.stderr }).on("line", (line) => {
      listensOn ??= /Listening for client connections on \S+:(\d+)/.exec(line)?.[1];
      if (line.includes("Server is ready") && listensOn !== undefined) resolve(listensOn);
    });
    void ended.then((how) => reject(new Error(`Cannot start NATS: ${how}`)));
  });
  return { url: `nats://127.0.0.1:${port}`, pid: child.pid ?? -1, ended, stop: () => void child.kill("SIGTERM") };
}
