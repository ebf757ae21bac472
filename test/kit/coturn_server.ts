import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";
import { freePort } from "./free_port.ts";
import { Mailbox } from "./mailbox.ts";
import { withDeadline } from "./with_deadline.ts";

export interface CoturnOptions {
  /** Users and passwords, secrets, who may be sent to. */
  readonly flags: readonly string[];
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
}

/** A real coturn on loopback over UDP, TCP and, with a certificate, TLS; it ends with the test. */
export interface CoturnServer {
  readonly port: number;
  readonly tlsPort: number;
  readonly log: Mailbox<string>;
}

/** @throws Error with its log when it does not listen */
export async function startCoturnServer({ flags, tls }: CoturnOptions): Promise<CoturnServer> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-coturn-"));
  const [port, tlsPort] = [await freePort(), await freePort()];
  const args = ["-n", "-v", "-L", "127.0.0.1", "-E", "127.0.0.1", "-p", `${port}`, "--no-cli", "--no-rfc5780"];
  args.push("--realm", "test", ...flags, "--log-file", "stdout", "--no-dtls");
  args.push("--pidfile", join(folder, "pid"), "--userdb", join(folder, "db"));
  if (tls === undefined) args.push("--no-tls");
  else args.push("--tls-listening-port", `${tlsPort}`, "--cert", tls.certFile, "--pkey", tls.keyFile);
  const child = spawn("turnserver", args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  const killWithUs = () => child.kill("SIGKILL");
  process.once("exit", killWithUs);
  const log = new Mailbox<string>("a line of coturn's log", (line) => line);
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => log.push(line));
  }
  const gone = new Promise<void>((resolve) => {
    child.once("close", (code, signal) => {
      process.removeListener("exit", killWithUs);
      rmSync(folder, { recursive: true, force: true });
      log.close(`turnserver ended with ${code ?? signal}`);
      resolve();
    });
  });
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await withDeadline(gone, { what: "coturn to end", timeoutMs: 15_000, describe: () => log.transcript() });
  });
  const listened = tls === undefined ? ["UDP"] : ["UDP", "TLS"];
  for (const kind of listened) {
    const pattern = kind === "UDP" ? /UDP listener opened on ?: 127/ : new RegExp(`opened on ?: 127.0.0.1:${tlsPort}`);
    await log.next((line) => pattern.test(line), { what: `coturn to listen (${kind})`, timeoutMs: 15_000 });
  }
  return { port, tlsPort, log };
}
