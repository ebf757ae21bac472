import { execFileSync, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { isIPv4, isIPv6 } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";
import { listHostAddresses } from "../../transport/media/host_addresses.ts";
import { freePort } from "./free_port.ts";
import { Mailbox } from "./mailbox.ts";
import { withDeadline } from "./with_deadline.ts";

/** Who may use it, and what it is told beside. */
export interface TurnServerOptions {
  /** What it shares with those who issue credentials (`use-auth-secret`). */
  readonly secrets?: readonly string[];
  /** Passwords of its users. */
  readonly users?: Readonly<Record<string, string>>;
  /** Listens for TLS, too, with a certificate of its own for `localhost` and the loopback addresses. */
  readonly hasTls?: boolean;
  /** Default: where it relays, which is this machine's own address, as that of the node and its clients. */
  readonly listensAt?: string;
  /** For UDP and TCP; a free one by default. */
  readonly port?: number;
  /** Further flags of coturn. */
  readonly flags?: readonly string[];
}

/** A real coturn, as a process of its own. */
export interface TurnServer {
  /** `turn:<host>:<port>?transport=udp`. */
  readonly url: string;
  /** `turn:<host>:<port>?transport=tcp`. */
  readonly tcpUrl: string;
  /** `turns:localhost:<port>`, which only those know as genuine who trust {@link certificateFile}; empty without TLS. */
  readonly tlsUrl: string;
  readonly certificateFile: string;
  readonly port: number;
  readonly log: Mailbox<string>;
  /** Stops or continues its process, as one that hangs. */
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
  /** Ends it before the test does, without a word to its clients over UDP. */
  stop(): Promise<void>;
}

/**
 * Starts coturn on this machine for a test, for UDP and TCP, and waits until it listens.
 *
 * @throws Error with its log when it does not.
 */
export async function startTurnServer(options: TurnServerOptions): Promise<TurnServer> {
  const server = await launchTurnServer(options);
  onTestFinished(() => server.stop());
  return server;
}

/** The same for several tests. Whoever started it stops it. */
export async function launchTurnServer(options: TurnServerOptions): Promise<TurnServer> {
  const { secrets = [], users = {}, hasTls = false, flags = [] } = options;
  const relay = ownAddress();
  const host = options.listensAt ?? relay;
  const folder = mkdtempSync(join(tmpdir(), "signalbox-turn-"));
  const port = options.port ?? (await findFreePort(host));
  const tlsPort = await freePort();
  const certificateFile = join(folder, "certificate.pem");
  const args = [
    "-n",
    "-v",
    "-L",
    host,
    "-E",
    relay,
    "-p",
    `${port}`,
    "--allow-loopback-peers",
    "--no-cli",
    "--no-dtls",
  ];
  if (host !== "127.0.0.1") args.push("-L", "127.0.0.1");
  args.push("--no-tcp-relay", "--no-rfc5780", "--realm", "test", "--log-file", "stdout", "--simple-log");
  args.push("--pidfile", join(folder, "pid"), "--userdb", join(folder, "db"), ...flags);
  if (secrets.length > 0) args.push("--use-auth-secret", ...secrets.map((secret) => `--static-auth-secret=${secret}`));
  else args.push("--lt-cred-mech", ...Object.entries(users).map(([user, password]) => `--user=${user}:${password}`));
  if (hasTls) {
    const key = join(folder, "key.pem");
    makeCertificate(key, certificateFile);
    args.push("--tls-listening-port", `${tlsPort}`, "--cert", certificateFile, "--pkey", key);
  } else args.push("--no-tls");
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
  const stop = async () => {
    child.kill("SIGKILL");
    await withDeadline(gone, { what: "coturn to end", timeoutMs: 15_000, describe: () => log.transcript() });
  };
  for (const listener of [`UDP ${port}`, `TCP ${port}`, ...(hasTls ? [`TCP ${tlsPort}`] : [])]) {
    const line = new RegExp(`${listener.replace(" ", " listener opened on ?: .*:")}$`);
    const wanted = { what: `coturn to listen for ${listener}`, timeoutMs: 15_000 };
    await log
      .next((each) => line.test(each), wanted)
      .catch(async (error: unknown) => {
        await stop();
        throw error;
      });
  }
  const authority = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  return {
    url: `turn:${authority}?transport=udp`,
    tcpUrl: `turn:${authority}?transport=tcp`,
    tlsUrl: hasTls ? `turns:localhost:${tlsPort}` : "",
    certificateFile,
    port,
    log,
    signal: (signal) => void child.kill(signal),
    stop,
  };
}

function ownAddress(): string {
  return listHostAddresses().find((address) => isIPv4(address)) ?? "127.0.0.1";
}

/** Of a certificate authority and a server at once; whoever trusts it trusts nobody else by that. */
function makeCertificate(keyFile: string, certificateFile: string): void {
  const names = "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1";
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", keyFile];
  const args = [
    "req",
    "-x509",
    ...key,
    "-out",
    certificateFile,
    "-days",
    "2",
    "-subj",
    "/CN=localhost",
    "-addext",
    names,
  ];
  execFileSync("openssl", args, { stdio: "ignore" });
}

/** One that is free for UDP; that it is so for TCP is most likely. */
async function findFreePort(host: string): Promise<number> {
  const socket = createSocket(isIPv6(host) ? "udp6" : "udp4").bind(0, host);
  await once(socket, "listening");
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}
