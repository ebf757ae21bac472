import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { isIPv4 } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { listHostAddresses } from "../../transport/media/host_addresses.ts";
import { freePort } from "./free_port.ts";
import { Mailbox } from "./mailbox.ts";

/** A real coturn that is reached in each of the ways there are. Whoever started it stops it. */
export interface TurnWays {
  /** Over UDP. */
  readonly url: string;
  readonly tcpUrl: string;
  /** Over TLS, with a certificate that nobody trusts. */
  readonly tlsUrl: string;
  stop(): Promise<void>;
}

/**
 * Starts coturn on this machine for UDP, TCP and TLS, and waits until it listens. Not on loopback, where Firefox asks no server.
 *
 * @param secret what it shares with those who issue credentials
 * @throws Error with its log when it does not.
 */
export async function startTurnWays(secret: string): Promise<TurnWays> {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-turn-ways-"));
  const host = listHostAddresses().find((address) => isIPv4(address)) ?? "127.0.0.1";
  const [port, tlsPort] = [await freePort(), await freePort()];
  const [keyFile, certFile] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", keyFile];
  execFileSync("openssl", ["req", "-x509", ...key, "-days", "2", "-subj", "/CN=localhost", "-out", certFile], {
    stdio: "ignore",
  });
  const args = ["-n", "-v", "-L", host, "-E", host, "-p", `${port}`, "--tls-listening-port", `${tlsPort}`];
  args.push("--cert", certFile, "--pkey", keyFile, "--allow-loopback-peers", "--no-cli", "--no-dtls", "--no-rfc5780");
  args.push("--no-tcp-relay", "--realm", "test", "--use-auth-secret", `--static-auth-secret=${secret}`);
  args.push("--log-file", "stdout", "--pidfile", join(folder, "pid"), "--userdb", join(folder, "db"));
  const child = spawn("turnserver", args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  const killWithUs = () => child.kill("SIGKILL");
  process.once("exit", killWithUs);
  const gone = once(child, "close").then(([code, signal]) => {
    process.removeListener("exit", killWithUs);
    rmSync(folder, { recursive: true, force: true });
    log.close(`turnserver ended with ${code ?? signal}`);
  });
  const log = new Mailbox<string>("a line of coturn's log", (line) => line);
  createInterface({ input: child.stdout }).on("line", (line) => log.push(line));
  const stop = async () => {
    child.kill("SIGKILL");
    await gone;
  };
  for (const listener of [`UDP ${port}`, `TCP ${port}`, `TCP ${tlsPort}`]) {
    const line = new RegExp(`${listener.replace(" ", " listener opened on ?: .*:")}$`);
    const wanted = { what: `coturn to listen for ${listener}`, timeoutMs: 15_000 };
    await log
      .next((each) => line.test(each), wanted)
      .catch(async (error: unknown) => {
        await stop();
        throw error;
      });
  }
  return {
    url: `turn:${host}:${port}?transport=udp`,
    tcpUrl: `turn:${host}:${port}?transport=tcp`,
    tlsUrl: `turns:${host}:${tlsPort}?transport=tcp`,
    stop,
  };
}
