import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";
import { Mailbox } from "./mailbox.ts";
import { withDeadline } from "./with_deadline.ts";

/** A real coturn with `use-auth-secret`, as a process of its own that ends with the test. */
export interface TurnServer {
  /** `turn:127.0.0.1:<port>` over UDP. */
  readonly url: string;
  readonly log: Mailbox<string>;
}

/**
 * Starts coturn on loopback, for UDP only, and waits until it listens.
 *
 * @param secrets what it shares with those who issue credentials
 * @throws Error with its log when it does not.
 */
export async function startTurnServer(secrets: readonly string[]): Promise<TurnServer> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-turn-"));
  const port = await findFreeUdpPort();
  const args = ["-n", "-v", "-L", "127.0.0.1", "-E", "127.0.0.1", "-p", `${port}`, "--allow-loopback-peers"];
  args.push("--no-cli", "--no-tls", "--no-dtls", "--no-tcp", "--no-tcp-relay", "--no-rfc5780", "--realm", "test");
  args.push("--use-auth-secret", ...secrets.map((secret) => `--static-auth-secret=${secret}`));
  args.push("--log-file", "stdout", "--pidfile", join(folder, "pid"), "--userdb", join(folder, "db"));
  const child = spawn("turnserver", args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  const killWithUs = () => child.kill("SIGKILL");
  process.once("exit", killWithUs);
  const log = new Mailbox<string>("a line of coturn's log", (line) => line);
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on("line", (line) => log.push(line));
  const gone = new Promise<void>((resolve) => {
    const cleanUp = (how: string) => {
      process.removeListener("exit", killWithUs);
      rmSync(folder, { recursive: true, force: true });
      log.close(how);
      resolve();
    };
    child.once("error", (error) => cleanUp(`turnserver cannot be started: ${error.message}`));
    child.once("close", (code, signal) => cleanUp(`turnserver ended with ${code ?? signal}`));
  });
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await withDeadline(gone, { what: "coturn to end", timeoutMs: 15_000, describe: () => log.transcript() });
  });
  await log.next((line) => /listener opened on ?: 127\.0\.0\.1:/.test(line), {
    what: "coturn to listen",
    timeoutMs: 15_000,
  });
  return { url: `turn:127.0.0.1:${port}?transport=udp`, log };
}

async function findFreeUdpPort(): Promise<number> {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}
