import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Mailbox } from "../mailbox.ts";
import { withDeadline } from "../with_deadline.ts";
import type { Host } from "./internet.ts";
import { commandIn } from "./namespace.ts";

/** A real coturn on a machine of a network, for UDP and TCP on port 3478 and TLS on port 443. Whoever started it closes it. */
export interface NetworkTurnServer {
  readonly urls: Readonly<Record<"stun" | "udp" | "tcp" | "tls", string>>;
  /** Its certificate, which it signed itself. */
  readonly certificateFile: string;
  readonly log: Mailbox<string>;
  close(): Promise<void>;
}

/**
 * Starts coturn and waits until it listens.
 *
 * @param secret what it shares with those who issue credentials
 * @throws Error with its log when it does not.
 */
export async function startNetworkTurnServer({ namespace, address }: Host, secret: string): Promise<NetworkTurnServer> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-turn-"));
  const [certificateFile, keyFile] = [join(folder, "certificate.pem"), join(folder, "key.pem")];
  makeCertificate(address, { certificateFile, keyFile });
  const args = ["-n", "-v", "-L", address, "-E", address, "-p", "3478", "--tls-listening-port", "443", "--no-dtls"];
  args.push("--cert", certificateFile, "--pkey", keyFile, "--use-auth-secret", `--static-auth-secret=${secret}`);
  args.push("--no-cli", "--no-tcp-relay", "--no-rfc5780", "--realm", "test", "--log-file", "stdout");
  args.push("--pidfile", join(folder, "pid"), "--userdb", join(folder, "db"));
  const [program, command] = commandIn(namespace, "turnserver", args);
  const child = spawn(program, command, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  const log = new Mailbox<string>("a line of coturn's log", (line) => line);
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on("line", (line) => log.push(line));
  const gone = new Promise<void>((resolve) => {
    child.once("close", (code, signal) => {
      rmSync(folder, { recursive: true, force: true });
      log.close(`turnserver ended with ${code ?? signal}`);
      resolve();
    });
  });
  const close = async (): Promise<void> => {
    child.kill("SIGKILL");
    await withDeadline(gone, { what: "coturn to end", timeoutMs: 15_000, describe: () => log.transcript() });
  };
  // It listens for UDP last.
  const isListening = (line: string) => /UDP listener opened on ?: \d/.test(line);
  await log.next(isListening, { what: "coturn to listen", timeoutMs: 15_000 });
  const urls = {
    stun: `stun:${address}:3478`,
    udp: `turn:${address}:3478?transport=udp`,
    tcp: `turn:${address}:3478?transport=tcp`,
    tls: `turns:${address}:443?transport=tcp`,
  };
  return { urls, certificateFile, log, close };
}

function makeCertificate(address: string, files: { readonly certificateFile: string; readonly keyFile: string }): void {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", files.keyFile];
  const names = ["-subj", "/CN=turn", "-addext", `subjectAltName=IP:${address}`];
  const args = ["req", "-x509", ...key, ...names, "-days", "2", "-out", files.certificateFile];
  execFileSync("openssl", args, { stdio: "pipe" });
}
