import { isIPv4, isIPv6 } from "node:net";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { listHostAddresses } from "../../transport/media/host_addresses.ts";
import { startCoturnProcess } from "./coturn_process.ts";
import { freePort } from "./free_port.ts";
import { freeUdpAndTcpPort } from "./free_udp_port.ts";
import type { Mailbox } from "./mailbox.ts";
import { makeSelfSigned, selfSignedFile } from "./test_certificates.ts";

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
  const port = options.port ?? (await freeUdpAndTcpPort());
  const tlsPort = await freePort();
  const args = ["-L", host, "-E", relay, "-p", `${port}`, "--allow-loopback-peers", "--no-tcp-relay", ...flags];
  if (host !== "127.0.0.1") args.push("-L", "127.0.0.1");
  if (secrets.length > 0) args.push("--use-auth-secret", ...secrets.map((secret) => `--static-auth-secret=${secret}`));
  else args.push("--lt-cred-mech", ...Object.entries(users).map(([user, password]) => `--user=${user}:${password}`));
  const withTls = (folder: string) => {
    const { certificateFile, keyFile } = makeSelfSigned(folder, "DNS:localhost,IP:127.0.0.1,IP:::1");
    return ["--tls-listening-port", `${tlsPort}`, "--cert", certificateFile, "--pkey", keyFile];
  };
  const listeners = new Set(
    [host, "127.0.0.1"].flatMap((address) => [
      `UDP listener opened on ?: .*${address}.*:${port}$`,
      `TCP listener opened on ?: .*${address}.*:${port}$`,
      ...(hasTls ? [`TCP listener opened on ?: .*${address}.*:${tlsPort}$`] : []),
    ]),
  );
  const { folder, log, signal, stop } = await startCoturnProcess({
    flags: (own) => [...args, ...(hasTls ? withTls(own) : ["--no-tls"])],
    readyLines: [...listeners].map((each) => new RegExp(each)),
  });
  const authority = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  return {
    url: `turn:${authority}?transport=udp`,
    tcpUrl: `turn:${authority}?transport=tcp`,
    tlsUrl: hasTls ? `turns:localhost:${tlsPort}` : "",
    certificateFile: join(folder, selfSignedFile),
    port,
    log,
    signal,
    stop,
  };
}

function ownAddress(): string {
  return listHostAddresses().find((address) => isIPv4(address)) ?? "127.0.0.1";
}
